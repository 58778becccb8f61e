import { createHmac, randomUUID } from "node:crypto";
import { Agent, request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";

/** After so many milliseconds GitHub counts a webhook as failed. */
export const GITHUB_PATIENCE = 10_000;

/** Where a side takes webhooks, and what they are signed with. */
export interface Entrance {
  url: string;
  secret: string;
}

export interface Posted {
  runId: string;
  /** When it was sent, in milliseconds since the epoch. */
  at: number;
  ms: number;
  status: number;
}

let nextRun = 10_000_000;

/** Webhooks of runs that finished, each of a run of its own, made and signed before the clock starts. */
export function eventsOf(
  example: string,
  secret: string,
  count: number,
): { runId: string; body: string; signature: string }[] {
  return Array.from({ length: count }, () => {
    const payload = JSON.parse(example) as { workflow_run: { id: number; updated_at: string } };
    payload.workflow_run.id = ++nextRun;
    const body = JSON.stringify(payload);
    const signature = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
    return { runId: String(payload.workflow_run.id), body, signature };
  });
}

const agent = new Agent({ keepAlive: true, maxSockets: 512 });

async function post(
  url: string,
  { runId, body, signature }: ReturnType<typeof eventsOf>[number],
): Promise<Posted> {
  const at = Date.now();
  const startedAt = performance.now();
  const status = await new Promise<number>((resolve) => {
    const sent = request(
      url,
      {
        method: "POST",
        agent,
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          "x-github-event": "workflow_run",
          "x-github-delivery": randomUUID(),
          "x-hub-signature-256": signature,
          "user-agent": "GitHub-Hookshot/bench",
        },
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on("error", () => resolve(0));
    sent.end(body);
  });
  return { runId, at, ms: performance.now() - startedAt, status };
}

/** Sends events at a fixed rate, whether or not the ones before were answered: an open model. */
export async function atRate(
  { url, secret }: Entrance,
  example: string,
  count: number,
  perSecond: number,
): Promise<Posted[]> {
  const startedAt = performance.now();
  const sending: Promise<Posted>[] = [];
  for (const [index, event] of eventsOf(example, secret, count).entries()) {
    const due = startedAt + (index * 1000) / perSecond;
    const ahead = due - performance.now();
    if (ahead > 0) await wait(ahead);
    sending.push(post(url, event));
  }
  return await Promise.all(sending);
}

/** Sends events as fast as they are answered, so many at a time. */
export async function atOnce(
  { url, secret }: Entrance,
  example: string,
  count: number,
  concurrency: number,
): Promise<Posted[]> {
  const events = eventsOf(example, secret, count);
  const posted: Posted[] = [];
  const send = async (): Promise<void> => {
    for (let event = events.pop(); event; event = events.pop()) posted.push(await post(url, event));
  };
  await Promise.all(Array.from({ length: concurrency }, send));
  return posted;
}

/** Events that GitHub would count as failed. */
export const failedOf = (posted: readonly Posted[]): number =>
  posted.filter(({ status, ms }) => status < 200 || status > 299 || ms > GITHUB_PATIENCE).length;
