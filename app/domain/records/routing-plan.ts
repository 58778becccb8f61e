import type { Source } from "./delivery.ts";
import type { Trace } from "./event.ts";
import type { StartChoice, Subscription } from "./subscription.ts";

/** A reason that an event did not leave its provider. The policy blocks all that nobody allowed. */
export type BlockReason =
  | "not-enabled"
  | "not-whitelisted"
  | "github-workflow"
  | "hop-limit"
  | "breaker"
  | "no-service"
  | "fork"
  | "branch"
  | "conclusion"
  | "event-type"
  | "no-consumer";

/** A subscription that an event goes to, as the policy found it when it was asked. */
export interface Recipient extends StartChoice {
  subscriptionId: string;
  consumerRepositoryId: string;
  consumerOwnerId: string;
  workflow: string | null;
  eventTypes: string[];
  /** Absent where all is wanted. */
  filter?: string;
  durable: Subscription["durable"];
}

/** The recipients of an event by one service. */
export interface ServicePlan {
  source: Source;
  eventTypes: string[];
  /** Absent where messages may be plain text. */
  shield?: "required";
  recipients: Recipient[];
}

/** The policy's answer to an event. It is stored with the event, so that the policy answers once. */
export interface Plan {
  decidedAt: string;
  blocked: BlockReason | null;
  trace: Trace;
  services: ServicePlan[];
}
