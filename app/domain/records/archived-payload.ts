import type { RunFacts } from "./event.ts";

/** The joined payload as it is archived: one object an event and message, shared by its deliveries. */
export interface ArchivedPayload {
  run: RunFacts;
  /** The message's exact JSON; null for an event alone. */
  body: string | null;
  sha256: string | null;
  size: number;
}
