import { verify } from "@octokit/webhooks-methods";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Probot } from "probot";
import type { Zekt } from "../zekt.ts";
import { problem } from "./problem.ts";

/** GitHub sends no larger webhook: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

const SIGNATURE = "x-hub-signature-256";

/** A webhook as it came over the wire; the signature is over the text exactly. */
interface Received {
  id: string;
  name: string;
  signature: string;
  text: string;
}

async function receivedOf(request: Request): Promise<Received | Response> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\b/i.test(type)) {
    return problem(415, "Set the webhook's content type to application/json.");
  }
  const name = request.headers.get("x-github-event");
  const id = request.headers.get("x-github-delivery");
  if (!name || !id) return problem(400, "The headers X-GitHub-Event and X-GitHub-Delivery are missing.");
  const signature = request.headers.get(SIGNATURE);
  if (!signature) return problem(401, `The webhook is not signed: the header ${SIGNATURE} is missing.`);
  return { id, name, signature, text: await request.text() };
}

const forged = (): Response => problem(401, "The signature does not match.");

/**
 * Takes in GitHub's webhooks: the App's own, and those placed in repositories, each verified by its
 * own secret before Probot's handlers see it. What is stored is answered 202; what could not be is
 * answered 500, so that GitHub's log shows it and it is asked for again.
 */
export function webhookRoutes(zekt: Zekt, probot: Probot): Hono {
  const routes = new Hono();
  const limit = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: () => problem(413, `The webhook is larger than ${MAX_BODY_BYTES} bytes.`),
  });

  const ofRepository = async (request: Request, repositoryId: string): Promise<Response> => {
    const received = await receivedOf(request);
    if (received instanceof Response) return received;
    if (!(await isOurs(zekt, repositoryId, received))) return forged();
    const payload = parse(received.text);
    const named = (payload as { repository?: { id?: number } } | null)?.repository?.id;
    if (payload === null) return problem(400, "The body is not JSON.");
    if (String(named) !== repositoryId)
      return problem(400, "The body is of another repository than the address.");
    return await answer(
      zekt,
      probot.receive({ id: received.id, name: received.name as never, payload: payload as never }),
    );
  };

  const ofApp = async (request: Request): Promise<Response> => {
    const received = await receivedOf(request);
    if (received instanceof Response) return received;
    const { id, name, text, signature } = received;
    if (!(await probot.webhooks.verify(text, signature))) return forged();
    const payload = parse(text);
    if (payload === null) return problem(400, "The body is not JSON.");
    return await answer(zekt, probot.receive({ id, name: name as never, payload: payload as never }));
  };

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

/** Whether a webhook is signed with a secret its repository has now, or had until its rotation is over. */
async function isOurs(zekt: Zekt, repositoryId: string, { text, signature }: Received): Promise<boolean> {
  const repository = await zekt.store.accounts.getRepository(repositoryId);
  const versions = [repository?.hook?.secretVersion, repository?.hook?.previousSecretVersion];
  for (const version of versions) {
    const secret = version == null ? null : zekt.hookSecrets.secret(repositoryId, version);
    if (secret !== null && (await verify(secret, text, signature))) return true;
  }
  return false;
}

function parse(text: string): object | null {
  try {
    const payload = JSON.parse(text) as unknown;
    return typeof payload === "object" ? payload : null;
  } catch {
    return null;
  }
}

async function answer(zekt: Zekt, handled: Promise<void>): Promise<Response> {
  try {
    await handled;
    return new Response(null, { status: 202 });
  } catch (error) {
    zekt.log.error({ err: error }, "a webhook could not be stored");
    return problem(500, "The event could not be stored; ask for its redelivery.");
  }
}
