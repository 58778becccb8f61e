import type { Source } from "./delivery.ts";
import type { Trace } from "./event.ts";
import type { Subscription } from "./subscription.ts";

/** Why nothing left the provider. Everything is blocked that is not allowed. */
export type BlockReason =
  | "not-enabled"
  | "not-whitelisted"
  | "hop-limit"
  | "breaker"
  | "no-service"
  | "fork"
  | "branch"
  | "conclusion"
  | "event-type"
  | "no-consumer";

/** Somebody an event goes to, with all that was decided of it when the event was first routed. */
export interface Recipient {
  subscriptionId: string;
  consumerRepositoryId: string;
  consumerOwnerId: string;
  workflow: string | null;
  eventTypes: string[];
  durable: Subscription["durable"];
}

export interface ServicePlan {
  source: Source;
  eventTypes: string[];
  recipients: Recipient[];
}

/** The policy's answer to an event, kept with it so that it is given once. */
export interface Plan {
  decidedAt: string;
  blocked: BlockReason | null;
  trace: Trace;
  services: ServicePlan[];
}
