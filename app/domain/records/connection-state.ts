import type { Failure } from "./delivery.ts";

/** How a connection, a subscription at work, has fared lately. */
export interface ConnectionState {
  subscriptionId: string;
  /** Failures since the last success. */
  failures: number;
  /** Since when nothing is dispatched but a probe now and then; null while all goes its way. */
  pausedAt: string | null;
  /** The failure that paused it, or the last one. */
  failure: Failure | null;
  /** Probes tried since it was paused. */
  probes: number;
  /** When the sweep looks after it: to probe, or to let out what waited. Null when nothing waits. */
  dueAt: string | null;
  version: number;
}
