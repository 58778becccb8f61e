import { isUtf8 } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { verify } from "@octokit/webhooks-methods";
import type { Probot } from "probot";
import type { IntakeDeps } from "../../deps.ts";
import { isJsonType } from "../../domain/headers.ts";
import { isGitHubId } from "../../domain/ids.ts";
import { firstMismatch, isSubscribedEvent } from "../../domain/intake/webhook-shape.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { withLogContext } from "../../log/context.ts";
import { recordPing } from "../../steps/hooks/place-hook.ts";
import { recordRefusedWebhook } from "../../steps/hooks/refuse-webhook.ts";
import { withRepository } from "../../steps/intake/ingest.ts";
import { unsignedLog } from "./log-unsigned.ts";

/** Logs to be read after an outage, at most. */
const MAX_TROUBLED = 10_000;

/** Neither is signed, and both are stored or logged: GitHub's ids have 36 characters, its names fewer. */
const DELIVERY_ID = /^[\x21-\x7e]{1,100}$/;
const EVENT_NAME = /^[\w.-]{1,100}$/;

const SIGNATURE = "x-hub-signature-256";

/** A webhook as it came in, by whatever server. */
export interface IncomingWebhook {
  /** Whose webhook the address names; null for the App's own. */
  repositoryId: string | null;
  /** A header by its name in small letters; null where there is none. */
  header(name: string): string | null;
  /** The body's bytes, exactly as they were signed. */
  body: Buffer;
}

type Head = Pick<IncomingWebhook, "header">;

/** Reads a webhook's id; null where it has none that may be one. */
function deliveryIdOf({ header }: Head): string | null {
  const id = header("x-github-delivery");
  return id !== null && DELIVERY_ID.test(id) ? id : null;
}

/** Reads the name of a webhook's event; null where it has none that may be one. */
function eventNameOf({ header }: Head): string | null {
  const name = header("x-github-event");
  return name !== null && EVENT_NAME.test(name) ? name : null;
}

/** Names a webhook in the log. */
const namesOf = (head: Head) => ({ delivery: deliveryIdOf(head), webhookEvent: eventNameOf(head) });

/** The answer to a webhook: no detail where it was accepted, else the problem. */
export interface WebhookAnswer {
  status: number;
  detail: string | null;
}

/** A webhook as it came over the wire; the signature is over the body's bytes exactly. */
interface SignedWebhook {
  /** GitHub's id of the delivery, the same when it is redelivered. */
  id: string;
  name: string;
  signature: string;
  body: Buffer;
  /** The text of the body; null where its bytes are not UTF-8. */
  text: string | null;
}

/** A webhook that was found to be rightly signed, as text. */
export type ReadWebhook = Pick<SignedWebhook, "id" | "name" | "signature"> & { text: string };

/** Passes a webhook of the App to Probot's handlers, and throws what they throw. */
export type Receive = (received: ReadWebhook) => Promise<unknown>;

const TAKEN: WebhookAnswer = { status: 202, detail: null };
const refused = (status: number, detail: string): WebhookAnswer => ({ status, detail });
const FORGED = refused(401, "The signature does not match.");
const NO_REPOSITORY = refused(404, "The address holds no repository id of GitHub's.");
const NO_UTF8 = refused(400, "The body is not valid UTF-8, which JSON has to be.");
const NO_OBJECT = refused(400, "The body is not a JSON object.");

export interface ReceiverOptions {
  /** Receives the App's webhooks; `probot.receive` unless given. */
  receive?: Receive;
  /** The smee channel that webhooks come by. */
  smee?: string;
}

/**
 * Receives GitHub's webhooks: the App's own, signed by `appSecret`, and those placed in repositories, each verified
 * by its own secret before Probot's handlers see it. What is stored is answered 202; what could not be is
 * answered 500, so that GitHub's log shows it and it is asked for again. What is not rightly signed is logged.
 */
export function webhookReceiver(
  deps: IntakeDeps,
  appSecret: string,
  probot: Pick<Probot, "receive">,
  { receive, smee }: ReceiverOptions = {},
): (incoming: IncomingWebhook) => Promise<WebhookAnswer> {
  const logUnsigned = unsignedLog(deps, smee);
  const pass = async (
    { id: guid, name }: SignedWebhook,
    payload: object,
    repositoryId: string | null,
    forward: () => Promise<unknown>,
  ): Promise<WebhookAnswer> => {
    // An event that nothing listens to is none of ours, whatever is in it.
    if (!isSubscribedEvent(name)) return TAKEN;
    const place = firstMismatch(name, payload);
    if (place !== null) {
      const { action } = payload as { action?: unknown };
      await recordRefusedWebhook(deps, { guid, name, repositoryId, action, place });
      return refused(400, `The body is not a ${name} event of GitHub's: see ${place}.`);
    }
    await withLogContext(idsOf(payload), forward);
    return TAKEN;
  };
  const toProbot =
    ({ id, name }: SignedWebhook, payload: object) =>
    (): Promise<unknown> =>
      probot.receive({ id, name: name as never, payload: payload as never });

  const ofApp = async (received: SignedWebhook): Promise<WebhookAnswer> => {
    if (!(await isSigned(appSecret, received))) return FORGED;
    const { text } = received;
    if (text === null) return NO_UTF8;
    const payload = parse(text);
    if (payload === null) return NO_OBJECT;
    // Runs come by the repositories' own webhooks; an App that subscribed to them all the same would tell of each twice.
    if (received.name === "workflow_run") return TAKEN;
    const forward = receive ? () => receive({ ...received, text }) : toProbot(received, payload);
    return await pass(received, payload, null, forward);
  };

  const ofRepository = async (received: SignedWebhook, repositoryId: string): Promise<WebhookAnswer> => {
    const vouched = await findSigningSecret(deps, repositoryId, received);
    if (vouched === "forged") return FORGED;
    if (vouched === "not-enabled") return refused(404, "No webhook is expected from this repository.");
    if (received.text === null) return NO_UTF8;
    const payload = parse(received.text) as { repository?: { id?: number }; hook_id?: number } | null;
    if (payload === null) return NO_OBJECT;
    if (String(payload.repository?.id) !== repositoryId)
      return refused(
        400,
        `This address takes events of repository ${repositoryId} only, and this is none. Remove the webhook that sent it: Zekt places one itself in each repository that needs it.`,
      );
    const { secretVersion, repository } = vouched;
    if (received.name === "workflow_run") {
      const forward = toProbot(received, payload);
      return await pass(received, payload, repositoryId, () => withRepository(repository, forward));
    }
    if (received.name === "ping" && firstMismatch("ping", payload) === null) {
      await recordPing(deps, { repositoryId, hookId: String(payload.hook_id), secretVersion });
    }
    // Whoever administers the repository may have had it send more; nothing of that is asked for.
    return TAKEN;
  };

  const take = async (incoming: IncomingWebhook): Promise<WebhookAnswer> => {
    const { repositoryId } = incoming;
    if (repositoryId !== null && !isGitHubId(repositoryId)) return NO_REPOSITORY;
    const received = receivedOf(incoming);
    if ("status" in received) return received;
    try {
      return await (repositoryId === null ? ofApp(received) : ofRepository(received, repositoryId));
    } catch (error) {
      return unstored(deps, error, incoming);
    }
  };
  return async (incoming) => {
    const answer = await take(incoming);
    if (answer.status === 401)
      logUnsigned({
        repositoryId: incoming.repositoryId,
        isSigned: answer === FORGED,
        ...namesOf(incoming),
      });
    return answer;
  };
}

/**
 * Finds which secret of a repository signed a webhook: the current one or, until a rotation is over, the one before.
 * Only a rightly signed webhook is answered `not-enabled`, so that nobody else learns which repositories are known
 * here. What nobody signed is not looked up: anyone may post it.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
async function findSigningSecret(
  deps: IntakeDeps,
  repositoryId: string,
  received: SignedWebhook,
): Promise<{ secretVersion: number; repository: Repository } | "not-enabled" | "forged"> {
  const secretVersion = await signingVersion(deps, repositoryId, received);
  if (secretVersion === null) return "forged";
  const repository = await deps.store.accounts.getRepository(repositoryId);
  if (!repository?.hook) return "not-enabled";
  const { hook } = repository;
  const isGood = secretVersion === hook.secretVersion || secretVersion === hook.previousSecretVersion;
  return isGood ? { secretVersion, repository } : "forged";
}

/** Returns the version of a repository's secret that signed a webhook; null where none did. */
async function signingVersion(
  { hookSecrets }: IntakeDeps,
  repositoryId: string,
  received: SignedWebhook,
): Promise<number | null> {
  for (const version of hookSecrets.versions) {
    const secret = hookSecrets.secret(repositoryId, version);
    if (secret !== null && (await isSigned(secret, received))) return version;
  }
  return null;
}

/**
 * Returns whether a secret signed a webhook's bytes, compared in constant time.
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
async function isSigned(secret: string, { body, text, signature }: SignedWebhook): Promise<boolean> {
  // The library takes text alone, and what is UTF-8 throughout encodes to the very bytes it was read from.
  if (text !== null) return await verify(secret, text, signature);
  // What is not would be read with replacements, over which another signature holds. It is refused either way:
  // this tells a sender who knows the secret what is wrong, and nobody else.
  const given = Buffer.from(signature);
  const wanted = Buffer.from(`sha256=${createHmac("sha256", secret).update(body).digest("hex")}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
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

function receivedOf(incoming: IncomingWebhook): SignedWebhook | WebhookAnswer {
  const { header, body } = incoming;
  if (!isJsonType(header("content-type") ?? "")) {
    return refused(415, "Set the webhook's content type to application/json.");
  }
  if (!header("x-github-event") || !header("x-github-delivery"))
    return refused(400, "The headers X-GitHub-Event and X-GitHub-Delivery are missing.");
  const name = eventNameOf(incoming);
  if (name === null) return refused(400, "The header X-GitHub-Event is not the name of an event.");
  const id = deliveryIdOf(incoming);
  if (id === null) return refused(400, "The header X-GitHub-Delivery is not an id.");
  const signature = header(SIGNATURE);
  if (!signature) return refused(401, `The webhook is not signed: the header ${SIGNATURE} is missing.`);
  if (body.length === 0) return refused(400, "The webhook has no body.");
  return { id, name, signature, body, text: isUtf8(body) ? body.toString() : null };
}

function parse(text: string): object | null {
  try {
    const payload = JSON.parse(text) as unknown;
    return typeof payload === "object" && !Array.isArray(payload) ? payload : null;
  } catch {
    return null;
  }
}

/** Says so to GitHub, whose log is read soon; whose webhook it was is said by the address. */
export function unstored(
  deps: IntakeDeps,
  error: unknown,
  { repositoryId, header }: Omit<IncomingWebhook, "body">,
): WebhookAnswer {
  // Rightly signed, or nobody could tell: strangers are not remembered without end.
  const known = repositoryId === null || isGitHubId(repositoryId);
  if (known && deps.failedWebhooks.size < MAX_TROUBLED) deps.failedWebhooks.add(repositoryId ?? "app");
  deps.log.error(
    { event: "webhook.unstored", err: error, ...namesOf({ header }) },
    "Webhook could not be stored",
  );
  return refused(500, "The event could not be stored; ask for its redelivery.");
}
