import type { Failure } from "./delivery.ts";

/** The recent failures of a connection: of the deliveries of one subscription. */
export interface ConnectionState {
  subscriptionId: string;
  /** Failures since the last success. */
  failures: number;
  /** The start of a pause, in which only probes are dispatched; null: not paused. */
  pausedAt: string | null;
  /** The failure that paused it, or the last one. */
  failure: Failure | null;
  /** Probes tried since it was paused. */
  probes: number;
  /** The number of releases of waiting deliveries since it resumed; absent before the first. */
  releases?: number;
  /** The next time the sweep probes it, or releases its parked deliveries; null: never. */
  dueAt: string | null;
  version: number;
}
