import type { WorkerDeps } from "../../deps.ts";
import type { MessageFault } from "../../domain/intake/message-schema.ts";
import { readShielded } from "../../domain/intake/shielded.ts";
import { MAX_SHIELD_KEYS } from "../../domain/limits.ts";
import type { DeclaredType } from "../../domain/records/declared-type.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Service } from "../../domain/records/service.ts";
import type { ShieldKey } from "../../domain/records/shield-key.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { RunIdentity } from "../../github/oidc.ts";
import {
  checkEventType,
  type MessageOffer,
  messageOffer,
  requireProvider,
  wantingSubscriptions,
} from "./message-offer.ts";

/** A schema by which a message is judged before it is encrypted. */
interface MessageType extends Pick<DeclaredType, "version" | "mode"> {
  /** The slug of the service that declares it. */
  service: string;
  schema: NonNullable<DeclaredType["schema"]>;
}

/** The public keys that a message has to be encrypted to. */
export interface MessageKeys {
  keys: Pick<ShieldKey, "kid" | "jwk">[];
  /** Approved subscriptions that the message matches now. */
  subscriptions: number;
  /** The schemas that it has to fit. */
  types: MessageType[];
  /** Why nothing of it would leave as things stand; null where something would. */
  blocked: string | null;
}

/** The most subscribers that a refusal names. */
const MAX_NAMED = 20;

/**
 * Returns the public keys of all subscribers that a message of a run would go to. It names no subscriber: a step that
 * encrypts to all of them need not know them.
 *
 * @throws Refusal conflict where a subscriber has no key, or there are too many keys; forbidden where the repository
 * is not enabled
 */
export async function messageKeys(
  deps: WorkerDeps,
  identity: RunIdentity,
  eventType: string,
): Promise<MessageKeys> {
  checkEventType(eventType);
  const provider = await requireProvider(deps, identity);
  const offer = await messageOffer(deps, identity, eventType);
  if (offer.blocked !== null) return { keys: [], subscriptions: 0, types: [], blocked: offer.blocked };
  const subscriptions = await wantingSubscriptions(deps, offer, eventType);
  const repositories = await repositoriesOf(deps, subscriptions);
  const keyless = subscriptions.filter(
    ({ repositoryId }) => (repositories.get(repositoryId)?.shieldKeys ?? []).length === 0,
  );
  if (keyless.length > 0) throw withoutKeys(provider, keyless, repositories);
  const keys = new Map(
    [...repositories.values()].flatMap(({ shieldKeys = [] }) =>
      shieldKeys.map(({ kid, jwk }) => [kid, { kid, jwk }] as const),
    ),
  );
  if (keys.size > MAX_SHIELD_KEYS) {
    throw new Refusal(
      "conflict",
      `The subscribers have ${keys.size} keys, and a message is encrypted to at most ${MAX_SHIELD_KEYS}. Offer it by several services, each with event types of its own.`,
    );
  }
  const types = typesOf(offer.offered, eventType);
  return { keys: [...keys.values()], subscriptions: subscriptions.length, types, blocked: null };
}

/** A shielded message as its sender gives it. */
interface ShieldedInput {
  eventType: string;
  payload: string;
  /** The schemas by which the sender has judged it. */
  checked: readonly Pick<MessageType, "service" | "version">[];
}

/**
 * Reads a shielded message. Returns the ids of the repositories that it is encrypted to, and warnings for schemas by
 * which it was not judged.
 *
 * @throws Refusal as {@link readShielded} does, and where the sender has not judged it by a schema that refuses
 */
export async function readRecipients(
  deps: WorkerDeps,
  offer: MessageOffer,
  input: ShieldedInput,
): Promise<{ shieldedFor: string[]; warnings: MessageFault[] }> {
  const kids = new Set(readShielded(input.payload).kids);
  const warnings = checkJudged(offer.offered, input);
  const repositories = await repositoriesOf(deps, await wantingSubscriptions(deps, offer, input.eventType));
  const shieldedFor = [...repositories.values()]
    .filter(({ shieldKeys = [] }) => shieldKeys.some(({ kid }) => kids.has(kid)))
    .map(({ repositoryId }) => repositoryId);
  return { shieldedFor, warnings };
}

/**
 * Refuses a message in plain text where a service demands that it is shielded.
 *
 * @throws Refusal invalid
 */
export function refusePlainText(offered: readonly Service[]): void {
  const demanding = offered.find(({ shield }) => shield === "required");
  if (!demanding) return;
  const detail = `The service ${demanding.slug} demands shielded messages, so the message was not stored. Set shield: true of the send action.`;
  throw new Refusal("invalid", detail, { errors: [{ pointer: "/shielded", detail }] });
}

async function repositoriesOf(
  deps: WorkerDeps,
  subscriptions: readonly Subscription[],
): Promise<Map<string, Repository>> {
  const found = await deps.store.accounts.getRepositories(
    subscriptions.map(({ repositoryId }) => repositoryId),
  );
  return new Map(found.map((one) => [one.repositoryId, one]));
}

/** Lists the schemas that services declare for an event type. */
const typesOf = (offered: readonly Service[], eventType: string): MessageType[] =>
  offered.flatMap(({ slug: service, types = [] }) =>
    types.flatMap(({ name, version, mode, schema }) =>
      name === eventType && schema ? [{ service, version, mode, schema }] : [],
    ),
  );

/**
 * Checks that the sender has judged a message by the schemas of its type: nobody but its recipients can do so later.
 * Returns a warning for each that only warns and was not judged by.
 *
 * @throws Refusal conflict where a schema that refuses was not judged by
 */
function checkJudged(
  offered: readonly Service[],
  { eventType, checked }: Pick<ShieldedInput, "eventType" | "checked">,
): MessageFault[] {
  const missing = typesOf(offered, eventType).filter(
    ({ service, version }) => !checked.some((one) => one.service === service && one.version === version),
  );
  const [enforced] = missing.filter(({ mode }) => mode === "enforce");
  if (enforced) {
    throw new Refusal(
      "conflict",
      `The service ${enforced.service} declares a schema for ${eventType} ${enforced.version}, by which a shielded message is judged before it is encrypted, and it was not. Run the job again with the send action of this Zekt's version.`,
    );
  }
  return missing.map(({ service, version }) => ({
    pointer: "/payload",
    detail: `was not judged by the schema of ${service} for ${eventType} ${version}`,
  }));
}

/** Names subscribers without keys, as far as anyone who reads the provider's logs may know them. */
function withoutKeys(
  provider: Repository,
  keyless: readonly Subscription[],
  repositories: ReadonlyMap<string, Repository>,
): Refusal {
  const names = keyless.map(({ repositoryId, subscriptionId }) => {
    const consumer = repositories.get(repositoryId);
    // Everybody reads the logs of a public repository.
    return consumer && (provider.private || !consumer.private) ? consumer.fullName : subscriptionId;
  });
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  const has = names.length === 1 ? "has" : "have";
  return new Refusal(
    "conflict",
    `${names.slice(0, MAX_NAMED).join(", ")}${more} ${has} no key, so that the message cannot be encrypted to all subscribers, and nothing was sent. A maintainer there registers one by \`zekt keys\`; or revoke the subscription.`,
  );
}
