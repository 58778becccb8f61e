/** A webhook that failed, and is asked for again or watched. */
export interface FailedWebhook {
  /** The value of `X-GitHub-Delivery`. */
  guid: string;
  /** The id of its last try in GitHub's log. */
  deliveryId: string;
  /** The time of its last try (ISO 8601). */
  at: string;
  tries: number;
  /** Set once it was asked for again after the last try. */
  asked: boolean;
}

/** A time in which more was missed than is asked for webhook by webhook, and how far it is filled. */
export interface Gap {
  /** The ends of the gap (ISO 8601). */
  since: string;
  until: string;
  /** Ingests runs from GitHub's list, then counts failed webhooks, then asks for them where some runs were not listed. */
  step: "runs" | "count" | "redeliver";
  /** Spans of creation whose runs are still to be listed, the next one last, and the page of that one. */
  spans: [from: string, to: string][];
  page: number;
  /** The page at which GitHub's log is read on; null: its beginning. */
  cursor: string | null;
  /** Runs that were ingested, webhooks that failed, and runs or webhooks that cannot be had any more. */
  found: number;
  failed: number;
  lost: number;
  /** A run of GitHub's list could not be stored: the webhooks that failed are asked for, however many were found. */
  isUnsure?: boolean;
  /** Set where a channel answered 200 for what it lost: then all of the log is asked for, not only failures. */
  isSilent?: boolean;
}

/** A webhook's log at GitHub, as far as it was read. */
export interface HookLog {
  /** Failures until this moment by GitHub's clock were read; null: none yet. */
  readTo: string | null;
  waiting: FailedWebhook[];
  gap: Gap | null;
}
