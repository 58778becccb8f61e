/** A message that a workflow step sent. The body is in `body`, or in the archive under `bodyKey`. */
export interface Message {
  messageId: string;
  repositoryId: string;
  runId: string;
  runAttempt: number;
  eventType: string;
  body: string | null;
  bodyKey: string | null;
  size: number;
  sha256: string;
  /** The ids of the repositories that it is encrypted to; absent: it is plain text. */
  shieldedFor?: string[];
  receivedAt: string;
}
