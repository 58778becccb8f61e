import type { WorkflowEvent } from "./event.ts";
import type { Message } from "./message.ts";
import type { Plan } from "./routing-plan.ts";

/** The key of a run's attempt. */
export interface RunAttempt {
  repositoryId: string;
  runId: string;
  runAttempt: number;
}

/** An event as the store holds it, with the policy's answer once there is one. */
export interface StoredEvent extends WorkflowEvent {
  ownerId: string;
  plan?: Plan;
  /** The key of the plan in the archive, where it is too large for the item. */
  planKey?: string;
  /** The milliseconds that taking it in took; stored with the plan. */
  ingestMs?: number;
  dueAt?: string;
  /** Differs each time that a late message made it due again. */
  routingToken?: string;
  /** Times that the sweep enqueued its routing again. */
  enqueued?: number;
  /** Times that its routing failed. */
  failures?: number;
  /** When its routing was given up (ISO 8601). It stays due until that is recorded. */
  deadAt?: string;
}

/** A message as the store holds it, with its owner and the time that an event joined it. */
export interface StoredMessage extends Message {
  ownerId: string;
  joinedAt?: string;
  dueAt?: string;
}

/** One workflow run: the events of its attempts that finished, and its messages. */
export interface Run {
  events: StoredEvent[];
  messages: StoredMessage[];
}
