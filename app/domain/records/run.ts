import type { WorkflowEvent } from "./event.ts";
import type { Message } from "./message.ts";
import type { Plan } from "./routing-plan.ts";

/** Names a run's attempt. */
export interface RunAttempt {
  repositoryId: string;
  runId: string;
  runAttempt: number;
}

/** An event as it is kept: with the policy's answer once it has one. */
export interface StoredEvent extends WorkflowEvent {
  ownerId: string;
  plan?: Plan;
  /** Where the plan is archived when it is too large for the item. */
  planKey?: string;
  dueAt?: string;
}

/** A message as it is kept, with whose it is and whether an event took it up. */
export interface StoredMessage extends Message {
  ownerId: string;
  joinedAt?: string;
  dueAt?: string;
}

/** All that is known of one workflow run: its attempts that finished and what it said. */
export interface Run {
  events: StoredEvent[];
  messages: StoredMessage[];
}
