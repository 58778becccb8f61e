import { createHash } from "node:crypto";
import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { messageIdOf } from "../../domain/ids.ts";
import { depthOf } from "../../domain/intake/json-text.ts";
import { letsThrough } from "../../domain/intake/policy.ts";
import {
  MAX_EVENT_TYPE_CHARACTERS,
  MAX_INLINE_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_DEPTH,
  WORKFLOW_COMPLETED,
} from "../../domain/limits.ts";
import type { Message } from "../../domain/records/message.ts";
import { Refusal } from "../../domain/refusal.ts";
import { type RunIdentity, workflowOf } from "../../github/oidc.ts";

/** The content of a step's message. Its sender is known from its token. */
export interface ReceiveInput {
  eventType: string;
  /** The message as JSON, with its numbers as they were written. */
  payload: string;
  /** One a step execution; without it the content's hash stands in. */
  idempotencyKey: string | null;
  /** The run that the body claims; must agree with the token. */
  workflowRunId: string | null;
  /** The repository that the header `x-github-repository` claims; must agree with the token. */
  repositoryHeader: string | null;
  /** The repository that the body claims; must agree with the token. */
  repository: string | null;
}

export interface Received {
  /** The message's id: the same for the same call. */
  eventId: string;
  /** Approved subscriptions that it matches now. */
  consumersNotified: number;
  /** Why nothing of it would leave as things stand; null where something would. */
  blocked: string | null;
}

/**
 * Stores what a step of a provider's run said, under its run and attempt, and has the run routed if
 * its event came first. Dispatches nothing.
 *
 * @throws Refusal where the claims contradict the token, the repository is not enabled, the event
 * type is unusable or the message is larger than {@link MAX_MESSAGE_BYTES}
 */
export async function receive(
  deps: WorkerDeps,
  identity: RunIdentity,
  input: ReceiveInput,
): Promise<Received> {
  checkClaims(identity, input);
  checkEventType(input.eventType);
  const { store } = deps;
  const repository = await store.accounts.getRepository(identity.repositoryId);
  if (!repository?.provider || !repository.reachable) {
    throw new Refusal(
      "forbidden",
      `${identity.repository} is not enabled as a provider. Somebody who maintains it can enable it in Zekt.`,
    );
  }
  const message = await storeMessage(deps, identity, input);
  const run = { repositoryId: identity.repositoryId, runId: identity.runId };
  // A later attempt's event may have come already; every attempt from this one on may join the message.
  const { events } = await store.runs.load(run);
  const waiting = events.filter(({ runAttempt }) => runAttempt >= identity.runAttempt);
  await Promise.all(waiting.map((event) => store.runs.routeAgain(event)));
  await store.queues.enqueueRouting(waiting.map(({ runAttempt }) => ({ ...run, runAttempt })));
  return {
    eventId: message.messageId,
    ...(await outlook(deps, identity, input.eventType)),
  };
}

function checkClaims(identity: RunIdentity, input: ReceiveInput): void {
  if (input.workflowRunId !== null && input.workflowRunId !== identity.runId) {
    throw new Refusal(
      "forbidden",
      `The body names run ${input.workflowRunId}, but the token is of run ${identity.runId}.`,
    );
  }
  for (const named of [input.repositoryHeader, input.repository]) {
    if (named !== null && named.toLowerCase() !== identity.repository.toLowerCase()) {
      throw new Refusal(
        "forbidden",
        `The request names ${named}, but the token is of ${identity.repository}.`,
      );
    }
  }
}

function checkEventType(eventType: string): void {
  const refuse = (detail: string) => {
    throw new Refusal("invalid", detail, { errors: [{ pointer: "/eventType", detail }] });
  };
  if (eventType === WORKFLOW_COMPLETED) {
    refuse(`${WORKFLOW_COMPLETED} is reserved: it announces runs that finished. Choose another event type.`);
  }
  if (eventType.length === 0 || [...eventType].length > MAX_EVENT_TYPE_CHARACTERS) {
    refuse(`An event type has 1 to ${MAX_EVENT_TYPE_CHARACTERS} characters.`);
  }
}

async function storeMessage(deps: WorkerDeps, identity: RunIdentity, input: ReceiveInput): Promise<Message> {
  const body = input.payload;
  const size = Buffer.byteLength(body);
  if (size > MAX_MESSAGE_BYTES) {
    throw new Refusal(
      "too-large",
      `The message has ${size} bytes as JSON in UTF-8; the limit is ${MAX_MESSAGE_BYTES}.`,
    );
  }
  if (depthOf(body) > MAX_MESSAGE_DEPTH) {
    const detail = `must not be nested deeper than ${MAX_MESSAGE_DEPTH} lists and objects`;
    throw new Refusal("invalid", `The message ${detail}.`, { errors: [{ pointer: "/payload", detail }] });
  }
  const sha256 = createHash("sha256").update(body).digest("hex");
  const { repositoryId, runId, runAttempt } = identity;
  const key = input.idempotencyKey ?? `${input.eventType}\n${sha256}`;
  const messageId = messageIdOf(repositoryId, runId, runAttempt, key);
  const inline = size <= MAX_INLINE_BYTES;
  const message: Message = {
    messageId,
    repositoryId,
    runId,
    runAttempt,
    eventType: input.eventType,
    body: inline ? body : null,
    bodyKey: inline ? null : `messages/${repositoryId}/${runId}/${messageId}.${sha256}.json`,
    size,
    sha256,
    receivedAt: iso(deps.clock.now()),
  };
  if (message.bodyKey !== null) await deps.store.archive.put(message.bodyKey, body);
  const added = await deps.store.runs.addMessage({ ...message, ownerId: identity.repositoryOwnerId });
  const standing = added ? message : ((await deps.store.runs.getMessage(message)) ?? message);
  if (standing.sha256 !== sha256 || standing.eventType !== input.eventType) {
    throw new Refusal("conflict", "This Idempotency-Key was used for another message of the same run.");
  }
  await deps.store.meters.record([
    {
      scope: `owner#${identity.repositoryOwnerId}`,
      factId: messageId,
      at: standing.receivedAt,
      counts: { messages: 1, messageBytes: size },
    },
  ]);
  return message;
}

/** Says who a message would go to as things stand, and why nobody would get it. */
async function outlook(
  deps: WorkerDeps,
  identity: RunIdentity,
  eventType: string,
): Promise<Pick<Received, "consumersNotified" | "blocked">> {
  const nobody = (blocked: string) => ({ consumersNotified: 0, blocked });
  const { workflows, services } = await deps.store.catalog.offerOf(identity.repositoryId);
  const path = workflowOf(identity);
  if (!workflows.some((workflow) => workflow.path === path)) {
    return nobody(`${path} is not whitelisted. Whitelist it in Zekt to let its runs out.`);
  }
  const published = services.filter((service) => service.published && service.workflow === path);
  if (published.length === 0) {
    return nobody(`no published service offers ${path}. Publish one in Zekt.`);
  }
  const offered = published.filter((service) => letsThrough(service.eventTypes, eventType));
  if (offered.length === 0) {
    return nobody(`no service of ${path} lets the event type ${eventType} out. Add it to its event types.`);
  }
  const subscriptions = await Promise.all(
    offered.map(({ serviceId }) => deps.store.catalog.subscriptionsTo(serviceId)),
  );
  const wanting = subscriptions
    .flat()
    .filter((s) => s.status === "approved" && letsThrough(s.eventTypes, eventType));
  return { consumersNotified: wanting.length, blocked: null };
}
