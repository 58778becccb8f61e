import { iso } from "../clock.ts";
import type { Delivery } from "../records/delivery.ts";

/** The fields of a delivery that tell what has happened to it. */
type History = Pick<
  Delivery,
  | "status"
  | "isFinalized"
  | "attempts"
  | "owners"
  | "firstOwner"
  | "confirmationAttempts"
  | "ambiguousRuns"
  | "releasedRuns"
  | "failure"
  | "replayedBy"
  | "createdAt"
  | "dispatchedAt"
  | "confirmedAt"
  | "completedAt"
  | "conclusion"
  | "version"
>;

/** Returns the history of a delivery that is made now: nothing has happened to it. */
export const newHistory = (now: number): History => ({
  status: "Pending",
  isFinalized: false,
  attempts: [],
  owners: {},
  firstOwner: null,
  confirmationAttempts: 0,
  ambiguousRuns: [],
  releasedRuns: [],
  failure: null,
  replayedBy: null,
  createdAt: iso(now),
  dispatchedAt: null,
  confirmedAt: null,
  completedAt: null,
  conclusion: null,
  version: 1,
});
