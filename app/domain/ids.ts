import { createHmac } from "node:crypto";
import { parse, v4 as uuidv4, v5 as uuidv5 } from "uuid";

const NAMESPACE = parse("6f0c1f1e-5f0b-5d4e-9a53-4f3a3b1d7c55");

const derived = (prefix: string, parts: readonly (string | number)[]): string =>
  `${prefix}-${uuidv5(JSON.stringify([prefix, ...parts]), NAMESPACE)}`;

/**
 * Makes the ids that others see, from parts they may not know. An id derived without a key could be compared with
 * that of any guess. Under the deployment's key it tells nothing to anyone without the key.
 *
 * A key that is replaced makes other ids. What is stored stays under the id it has.
 */
export class SecretIds {
  readonly #key: string;

  /** The deployment's master key in use. */
  constructor(key: string) {
    this.#key = key;
  }

  #keyed(prefix: string, parts: readonly (string | number)[]): string {
    const mac = createHmac("sha256", this.#key).update(JSON.stringify(["id", prefix, ...parts]));
    return `${prefix}-${uuidv4({ random: mac.digest() })}`;
  }

  /** One event: a run's attempt and GitHub's action. Never the webhook's GUID, which differs between hooks. */
  event(repositoryId: string, runId: string, runAttempt: number, action: string): string {
    return this.#keyed("event", [repositoryId, runId, runAttempt, action]);
  }

  /** A new service. An existing one is found by its repository and slug, not by its id. */
  service(repositoryId: string, slug: string): string {
    return this.#keyed("service", [repositoryId, slug]);
  }
}

/** One message: a step execution's idempotency key, or the hash of what was said. Its provider alone sees it. */
export const messageIdOf = (repositoryId: string, runId: string, runAttempt: number, key: string): string =>
  derived("message", [repositoryId, runId, runAttempt, key]);

/**
 * One delivery: the same event, message and subscription always give the same id, whatever the order of
 * arrival. The event's id keeps it from being guessed.
 */
export const deliveryIdOf = (eventId: string, messageId: string | null, subscriptionId: string): string =>
  derived("delivery", [eventId, messageId ?? "", subscriptionId]);

/** A replay: one a delivery and key, so that asking again with the same key makes no other. */
export const replayIdOf = (key: string, deliveryId: string): string =>
  derived("delivery", ["replay", key, deliveryId]);

/** A run that never was, of a test event: its number is above any that GitHub has given. */
export const testRunId = (random: number): number => 9_000_000_000_000_000 + Math.floor(random * 7e12);

/** A subscription of a repository (and, where named, one of its workflows) to a service. Its two sides see it. */
export const subscriptionIdOf = (serviceId: string, repositoryId: string, workflow: string | null): string =>
  derived("subscription", [serviceId, repositoryId, workflow ?? ""]);

/** Finds a delivery id in a text such as a run's title. */
export const findDeliveryId = (text: string): string | null =>
  /delivery-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(text)?.[0] ?? null;

/** Returns whether a text can be one of GitHub's numeric ids: a positive integer of 64 bits, 19 digits at most. */
export const isGitHubId = (text: string): boolean => /^[1-9]\d{0,18}$/.test(text);
