import { createHash } from "node:crypto";
import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { messageIdOf } from "../../domain/ids.ts";
import { depthOf } from "../../domain/intake/json-text.ts";
import type { MessageFault } from "../../domain/intake/message-schema.ts";
import { MAX_INLINE_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGE_DEPTH, MAX_MESSAGES } from "../../domain/limits.ts";
import type { Message } from "../../domain/records/message.ts";
import type { SecretsChoice, Service } from "../../domain/records/service.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { RunIdentity } from "../../github/oidc.ts";
import { RUN_MESSAGES } from "../../store/fact-kinds.ts";
import {
  checkEventType,
  type MessageOffer,
  messageOffer,
  requireProvider,
  wantingSubscriptions,
} from "./message-offer.ts";
import { readRecipients, refusePlainText } from "./shield.ts";

/** The content of a step's message. Its sender is known from its token. */
export interface ReceiveInput {
  eventType: string;
  /** The message as JSON, with its numbers as they were written. */
  payload: string;
  /** True where the payload is a JWE, by which the message is encrypted. */
  shielded: boolean;
  /** The schemas by which the sender has judged a shielded message. */
  checked: readonly { service: string; version: string }[];
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
  /** Where credentials were masked, as JSON pointers; the first of them where there are many. */
  masked: string[];
  /** Faults by the event type's schema, where its service only warns. */
  warnings: MessageFault[];
}

/** The most places that an answer names. */
const MAX_PLACES = 20;

/**
 * Stores what a step of a provider's run said, under its run and attempt, and has the run routed if
 * its event came first. Dispatches nothing.
 *
 * @throws Refusal where the claims contradict the token, the repository is not enabled, the event
 * type is unusable, the message is larger than {@link MAX_MESSAGE_BYTES}, its run has sent {@link MAX_MESSAGES}, it
 * holds what looks like a credential and its services do not let that through, or it is plain text and one of them
 * demands that it is encrypted
 */
export async function receive(
  deps: WorkerDeps,
  identity: RunIdentity,
  input: ReceiveInput,
): Promise<Received> {
  checkClaims(identity, input);
  checkEventType(input.eventType);
  const { store } = deps;
  await requireProvider(deps, identity);
  if (!input.shielded) checkSize(input.payload);
  const offer = await messageOffer(deps, identity, input.eventType);
  const { payload, masked, warnings, ...shielded } = input.shielded
    ? await readAsShielded(deps, offer, input)
    : await readPlainText(offer, input);
  const { message, isNew } = await storeMessage(deps, identity, { ...input, payload, ...shielded });
  const run = { repositoryId: identity.repositoryId, runId: identity.runId };
  // A later attempt's event may have come already; every attempt from this one on may join the message.
  const { events, isCrowded } = await store.runs.eventsOf(run);
  if (isNew && isCrowded) await refuseBeyondLimit(deps, message);
  await countMessage(deps, identity, message);
  const waiting = events.filter(({ runAttempt }) => runAttempt >= identity.runAttempt);
  await Promise.all(waiting.map((event) => store.runs.routeAgain(event)));
  await store.queues.enqueueRouting(waiting.map(({ runAttempt }) => ({ ...run, runAttempt })));
  return {
    eventId: message.messageId,
    ...(await outlook(deps, offer, input.eventType)),
    masked,
    warnings,
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

/** A message as it is stored, and what was found in it. */
interface ReadMessage extends Pick<Received, "masked" | "warnings"> {
  payload: string;
  shieldedFor?: string[];
}

/** Reads a message that its sender has encrypted, of which nothing can be judged but who may read it. */
async function readAsShielded(
  deps: WorkerDeps,
  offer: MessageOffer,
  input: ReceiveInput,
): Promise<ReadMessage> {
  return { payload: input.payload, masked: [], ...(await readRecipients(deps, offer, input)) };
}

/** Judges a message in plain text by what its services say. */
async function readPlainText({ offered }: MessageOffer, input: ReceiveInput): Promise<ReadMessage> {
  refusePlainText(offered);
  const guarded = await guardSecrets(input.payload, offered);
  return { ...guarded, warnings: await checkMessage(input, offered) };
}

function checkSize(body: string): void {
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
}

/**
 * Finds credentials in a message, and does as its services say; of several the strictest counts. Where none offers
 * it, the default holds: a service that is published before the run ends would still send it.
 */
async function guardSecrets(
  body: string,
  offered: readonly Service[],
): Promise<{ payload: string; masked: string[] }> {
  const choice = strictestOf(offered.map(({ secrets }) => secrets ?? "refuse"));
  if (choice === "allow") return { payload: body, masked: [] };
  // With its rules, which a function that starts for something else need not load.
  const { scanMessage } = await import("../../domain/intake/secrets.ts");
  const { findings, masked } = await scanMessage(body);
  // Two keys that are masked could be one.
  const refused = choice === "mask" ? findings.filter(({ isKey }) => isKey) : findings;
  if (refused.length > 0) {
    const errors = refused.slice(0, MAX_PLACES).map(({ pointer, kind, isKey }) => ({
      pointer: `/payload${pointer}`,
      detail: isKey
        ? `has a key that looks like a credential (${kind})`
        : `looks like a credential (${kind})`,
    }));
    throw new Refusal(
      "invalid",
      "The message holds what looks like a credential, so it was not stored. Take it out and revoke it if it is one; the service's setting secrets can have it masked or let through.",
      { errors },
    );
  }
  return { payload: masked, masked: findings.slice(0, MAX_PLACES).map(({ pointer }) => pointer) };
}

/**
 * Checks a message by the schemas that its services declare for its event type. Each service is a promise to its own
 * subscribers, so it has to fit all of them. Returns what does not fit where a service only warns.
 *
 * @throws Refusal invalid with the place of each fault
 */
async function checkMessage(
  { eventType, payload }: ReceiveInput,
  offered: readonly Service[],
): Promise<MessageFault[]> {
  const warnings: MessageFault[] = [];
  for (const { slug, types = [] } of offered) {
    const declared = types.find(({ name }) => name === eventType);
    if (!declared?.schema) continue;
    const faults = await faultsOf(declared.schema, payload);
    if (declared.mode === "enforce" && faults.length > 0) {
      const type = `${eventType} ${declared.version}`;
      throw new Refusal(
        "invalid",
        `The message does not fit the schema that the service ${slug} declares for ${type}, so it was not stored.`,
        { errors: faults },
      );
    }
    warnings.push(...faults);
  }
  return warnings;
}

async function faultsOf(schema: Readonly<Record<string, unknown>>, payload: string): Promise<MessageFault[]> {
  // With its library, which a function that starts for something else need not load.
  const { readSchema } = await import("../../domain/intake/message-schema.ts");
  const { SchemaFault } = await import("../../domain/intake/schema-bounds.ts");
  try {
    return readSchema(schema)(payload).map(({ pointer, detail }) => ({
      pointer: `/payload${pointer}`,
      detail,
    }));
  } catch (error) {
    if (!(error instanceof SchemaFault)) throw error;
    // A stored schema is from a time when Zekt took it.
    const detail = `cannot be judged, as the schema is wrong at ${error.pointer || "its top"}: ${error.message}`;
    return [{ pointer: "/payload", detail }];
  }
}

function strictestOf(choices: readonly SecretsChoice[]): SecretsChoice {
  if (choices.length === 0 || choices.includes("refuse")) return "refuse";
  return choices.includes("mask") ? "mask" : "allow";
}

async function storeMessage(
  deps: WorkerDeps,
  identity: RunIdentity,
  input: Pick<ReceiveInput, "eventType" | "idempotencyKey"> & Pick<ReadMessage, "payload" | "shieldedFor">,
): Promise<{ message: Message; isNew: boolean }> {
  const body = input.payload;
  const size = Buffer.byteLength(body);
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
    ...(input.shieldedFor ? { shieldedFor: input.shieldedFor } : {}),
    receivedAt: iso(deps.clock.now()),
  };
  if (message.bodyKey !== null) await deps.store.archive.put(message.bodyKey, body);
  const isNew = await deps.store.runs.addMessage({ ...message, ownerId: identity.repositoryOwnerId });
  const standing = isNew ? message : ((await deps.store.runs.getMessage(message)) ?? message);
  if (standing.sha256 !== sha256 || standing.eventType !== input.eventType) {
    throw new Refusal("conflict", "This Idempotency-Key was used for another message of the same run.");
  }
  return { message: { ...message, receivedAt: standing.receivedAt }, isNew };
}

/** Refuses a message, and removes it, where its run has sent too many. Only a run with many is counted, so that others cost nothing. */
async function refuseBeyondLimit(deps: WorkerDeps, message: Message): Promise<void> {
  const { archive, facts, runs } = deps.store;
  if ((await facts.count(RUN_MESSAGES.of(message))) <= MAX_MESSAGES) return;
  await runs.removeMessage(message);
  if (message.bodyKey !== null) await archive.removeAll([message.bodyKey]);
  throw new Refusal(
    "conflict",
    `The run has sent ${MAX_MESSAGES} messages, which is the most that one may. Send one message for many things, or an address of the data.`,
  );
}

async function countMessage(deps: WorkerDeps, identity: RunIdentity, message: Message): Promise<void> {
  await deps.store.meters.record([
    {
      scope: `owner#${identity.repositoryOwnerId}`,
      factId: message.messageId,
      at: message.receivedAt,
      counts: { messages: 1, messageBytes: message.size },
    },
  ]);
}

/** Says who a message would go to as things stand, and why nobody would get it. */
async function outlook(
  deps: WorkerDeps,
  offer: MessageOffer,
  eventType: string,
): Promise<Pick<Received, "consumersNotified" | "blocked">> {
  if (offer.blocked !== null) return { consumersNotified: 0, blocked: offer.blocked };
  const wanting = await wantingSubscriptions(deps, offer, eventType);
  return { consumersNotified: wanting.length, blocked: null };
}
