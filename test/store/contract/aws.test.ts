import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../app/domain/clock.ts";
import type { Item } from "../../../app/store/ports.ts";
import { type LocalAws, startLocalAws } from "../../../harness/local-aws.ts";
import { awsSettings } from "../../../harness/process-options.ts";
import { KILLED_WRITES } from "./killed-writes.ts";

const ROOT = new URL("../../../", import.meta.url);
const run = promisify(execFile);

let aws: LocalAws;
beforeAll(async () => {
  aws = await startLocalAws();
});
afterAll(() => aws.close());

const hrefOf = (path: string): string => JSON.stringify(new URL(path, ROOT).href);

/**
 * Writes one thing of each kind after the other and says what is stored. It is killed once this request is
 * answered, before it hears the answer.
 */
const killedAfter = (request: number): string => `
  import { writeSync } from "node:fs";
  import { awsClients, s3Client } from ${hrefOf("app/store/aws/clients.ts")};
  import { awsStorage } from ${hrefOf("app/store/aws/storage.ts")};
  const { endpoints, names } = JSON.parse(process.env.LOCAL_AWS);
  const clients = { ...awsClients(endpoints), s3: await s3Client(endpoints) };
  let requests = 0;
  const killer = (next) => async (args) => {
    const answer = await next(args);
    if (++requests === ${request}) process.kill(process.pid, "SIGKILL");
    return answer;
  };
  for (const name of ["documents", "s3", "sqs"]) clients[name].middlewareStack.add(killer, { step: "initialize" });
  const storage = awsStorage(clients, names);
  const table = storage.table("deliveries", { now: () => Date.now() });
  const queue = storage.queue("delivery");
  const say = (line) => writeSync(1, line + "\\n");
  const key = (sk) => ({ pk: "killed-${request}", sk });
  const item = (sk) => ({ ...key(sk), providerRepositoryId: "killed-${request}", createdAt: sk });
  ${KILLED_WRITES}
  const received = await queue.receive(1);
  say("received");
  await queue.remove(received);
  say("remove");
  await storage.archive.put("killed-${request}", "text");
  say("archive");
  await storage.archive.removeAll(["killed-${request}"]);
  say("removeAll");
  process.exit(0);
`;

/** Reads what is stored after a kill, and empties the queue of what can be received. */
async function findings(request: number) {
  const pk = `killed-${request}`;
  const table = aws.storage.table("deliveries", systemClock);
  const items = await table.getMany<Record<string, unknown>>(
    ["a", "b", "c", "count"].map((sk) => ({ pk, sk })),
  );
  const queue = aws.storage.queue("delivery");
  const received = await queue.receive(10);
  await queue.remove(received);
  return {
    items: new Map(items.map((item: Item<Record<string, unknown>>) => [item.sk, item])),
    queue: received.map(({ body }) => body).sort(),
    archived: (await aws.storage.archive.get(pk))?.text,
  };
}

test("a kill after any request to AWS loses nothing that was answered, and sends all of one batch or none", async () => {
  let finished = false;
  for (let request = 1; !finished; request++) {
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", killedAfter(request)], {
      cwd: ROOT,
      env: { ...process.env, ...awsSettings(aws) },
    }).then(
      (ended) => {
        finished = true;
        return ended;
      },
      (killed: { stdout: string; signal: string; stderr: string }) => {
        expect([killed.signal, killed.stderr]).toEqual(["SIGKILL", ""]);
        return killed;
      },
    );
    const said = new Set(stdout.split("\n"));
    const { items, queue, archived } = await findings(request);
    const where = `killed after request ${request}, after: ${stdout}`;
    // What comes first was stored, though nobody heard so at the first request.
    expect(items.has("a"), where).toBe(true);
    if (said.has("many")) {
      expect(items.get("a")?.state, where).toBe("moved");
      expect(items.has("c"), where).toBe(true);
    }
    const sum = ["sum 1", "sum 2"].filter((line) => said.has(line)).length;
    const counted = items.get("count")?.n ?? 0;
    expect(counted === sum || counted === sum + 1, where).toBe(true);
    if (said.has("delete")) expect(items.has("b"), where).toBe(false);
    // Of one enqueueing all are there or none; one that a killed process had received is hidden.
    if (!said.has("send")) expect([0, 2], where).toContain(queue.length);
    else expect([1, 2], where).toContain(queue.length);
    if (said.has("remove")) expect(queue, where).toHaveLength(1);
    if (said.has("archive") && !said.has("removeAll")) expect(["text", undefined], where).toContain(archived);
    if (said.has("removeAll")) expect(archived, where).toBeUndefined();
    expect(request).toBeLessThan(100);
  }
}, 60_000);
