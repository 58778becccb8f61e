import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Probot } from "probot";
import { about } from "../steps/about.ts";
import { hearPing } from "../steps/tend-hook.ts";
import type { Intake } from "../zekt.ts";
import { problem } from "./problem.ts";
import { type SignedWebhook, vouch } from "./vouch.ts";
import { isHeard, oddPlace } from "./webhook-shape.ts";

/** GitHub sends no larger webhook: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

/** Logs to be read after an outage, at most. */
const MAX_TROUBLED = 10_000;

/** The id is not signed, and is kept: GitHub's has 36 characters. */
const MAX_ID = 100;

const SIGNATURE = "x-hub-signature-256";

export interface WebhookOptions {
  /** Bytes of the largest body to take in: 25 MB as GitHub sends it, less where the way here holds less. */
  maxBodyBytes?: number;
  /** Hands a webhook of the App to Probot's handlers, and throws what they throw; `probot.receive` unless given. */
  receive?: (received: SignedWebhook) => Promise<unknown>;
}

/**
 * Takes in GitHub's webhooks: the App's own, and those placed in repositories, each verified by its
 * own secret before Probot's handlers see it. What is stored is answered 202; what could not be is
 * answered 500, so that GitHub's log shows it and it is asked for again.
 */
export function webhookRoutes(
  zekt: Intake,
  probot: Pick<Probot, "webhooks" | "receive">,
  { maxBodyBytes = MAX_BODY_BYTES, receive }: WebhookOptions = {},
): Hono {
  const routes = new Hono();
  const limit = bodyLimit({
    maxSize: maxBodyBytes,
    onError: (context) => {
      zekt.log.warn({ path: context.req.path, maxBodyBytes }, "a webhook was too large");
      return problem(413, `The webhook is larger than ${maxBodyBytes} bytes.`);
    },
  });
  const pass = async (
    received: SignedWebhook,
    payload: object,
    from: string,
    handOver: (received: SignedWebhook) => Promise<unknown>,
  ): Promise<Response> => {
    const { name } = received;
    // An event that nothing listens to is none of ours, whatever is in it.
    if (!isHeard(name)) return new Response(null, { status: 202 });
    const odd = oddPlace(name, payload);
    if (odd !== null) return problem(400, `The body is not a ${name} event of GitHub's: see ${odd}.`);
    return await about(idsOf(payload), () => answer(zekt, received, from, () => handOver(received)));
  };
  const toProbot =
    (payload: object) =>
    ({ id, name }: SignedWebhook): Promise<unknown> =>
      probot.receive({ id, name: name as never, payload: payload as never });

  const ofApp = async (request: Request): Promise<Response> => {
    const received = await receivedOf(request);
    if (received instanceof Response) return received;
    if (!(await probot.webhooks.verify(received.text, received.signature))) return forged();
    const payload = parse(received.text);
    if (payload === null) return problem(400, "The body is not a JSON object.");
    // Runs come by the repositories' own webhooks; an App that subscribed to them all the same would tell of each twice.
    if (received.name === "workflow_run") return new Response(null, { status: 202 });
    return await pass(received, payload, "app", receive ?? toProbot(payload));
  };

  const ofRepository = async (request: Request, repositoryId: string): Promise<Response> => {
    const received = await receivedOf(request);
    if (received instanceof Response) return received;
    const vouched = await vouch(zekt, repositoryId, received);
    if (vouched === "forged") return forged();
    if (vouched === "not-enabled") return problem(404, "No webhook is expected from this repository.");
    const payload = parse(received.text) as { repository?: { id?: number }; hook_id?: number } | null;
    if (payload === null) return problem(400, "The body is not a JSON object.");
    if (String(payload.repository?.id) !== repositoryId)
      return problem(400, "The body is of another repository than the address.");
    if (received.name === "workflow_run")
      return await pass(received, payload, repositoryId, toProbot(payload));
    if (received.name === "ping" && oddPlace("ping", payload) === null) {
      const ping = { repositoryId, hookId: String(payload.hook_id), secretVersion: vouched.secretVersion };
      return await answer(zekt, received, repositoryId, () => hearPing(zekt, ping));
    }
    // Whoever administers the repository may have had it send more; nothing of that is asked for.
    return new Response(null, { status: 202 });
  };

  routes.onError((error, context) => {
    const from = context.req.param("repositoryId") ?? context.req.query("repository") ?? "app";
    return unstored(zekt, error, from, {
      delivery: context.req.header("x-github-delivery"),
      event: context.req.header("x-github-event"),
    });
  });
  routes.post("/github/webhooks", limit, async (context) => {
    // A smee channel has one target, so there the query tells whose webhook it is.
    const repositoryId = context.req.query("repository");
    return await (repositoryId ? ofRepository(context.req.raw, repositoryId) : ofApp(context.req.raw));
  });
  routes.post("/github/webhooks/repositories/:repositoryId", limit, (context) =>
    ofRepository(context.req.raw, context.req.param("repositoryId")),
  );
  return routes;
}

/** A run's id, and its repository's, for the log lines of its webhook. */
function idsOf(payload: object): Record<string, unknown> {
  const { workflow_run: run, repository } = payload as {
    workflow_run?: { id?: number };
    repository?: { id?: number };
  };
  return {
    ...(run?.id === undefined ? {} : { correlationId: String(run.id) }),
    ...(repository?.id === undefined ? {} : { repositoryId: String(repository.id) }),
  };
}

const forged = (): Response => problem(401, "The signature does not match.");

async function receivedOf(request: Request): Promise<SignedWebhook | Response> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    return problem(415, "Set the webhook's content type to application/json.");
  }
  const name = request.headers.get("x-github-event");
  const id = request.headers.get("x-github-delivery");
  if (!name || !id) return problem(400, "The headers X-GitHub-Event and X-GitHub-Delivery are missing.");
  if (id.length > MAX_ID) return problem(400, "The header X-GitHub-Delivery is not an id.");
  const signature = request.headers.get(SIGNATURE);
  if (!signature) return problem(401, `The webhook is not signed: the header ${SIGNATURE} is missing.`);
  const text = await request.text();
  if (text === "") return problem(400, "The webhook has no body.");
  return { id, name, signature, text };
}

function parse(text: string): object | null {
  try {
    const payload = JSON.parse(text) as unknown;
    return typeof payload === "object" && !Array.isArray(payload) ? payload : null;
  } catch {
    return null;
  }
}

async function answer(
  zekt: Intake,
  { id, name }: SignedWebhook,
  from: string,
  handle: () => Promise<unknown>,
): Promise<Response> {
  try {
    await handle();
    return new Response(null, { status: 202 });
  } catch (error) {
    return unstored(zekt, error, from, { delivery: id, event: name });
  }
}

/** Says so to GitHub, whose log is read soon; whose webhook it was is said by the address. */
function unstored(zekt: Intake, error: unknown, from: string, facts: Record<string, unknown>): Response {
  // While nothing can be stored, nobody's signature can be checked either: strangers are not remembered without end.
  if (zekt.troubled.size < MAX_TROUBLED) zekt.troubled.add(from);
  zekt.log.error({ err: error, ...facts }, "a webhook could not be stored");
  return problem(500, "The event could not be stored; ask for its redelivery.");
}
