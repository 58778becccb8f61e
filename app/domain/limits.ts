import { DAY, MINUTE } from "./clock.ts";

/** A message's size limit: UTF-8 bytes of its JSON. */
export const MAX_MESSAGE_BYTES = 512 * 1024;

/**
 * The messages that a run may send, its attempts together: all are read at once when it is routed. A matrix has 256
 * jobs at most. Some more may come in before they are counted.
 */
export const MAX_MESSAGES = 1000;

/** The services of a repository: all are read with each of its events and messages. */
export const MAX_SERVICES = 100;

/** The subscriptions of a repository, and those to one service, which are read with each of the service's events. */
export const MAX_SUBSCRIPTIONS = 1000;
export const MAX_SUBSCRIPTIONS_TO_SERVICE = 100;

/** The keys that a shielded message may be encrypted to, and those that one repository may register. */
export const MAX_SHIELD_KEYS = 1000;
export const MAX_REPOSITORY_KEYS = 5;

/** The deepest nesting of a message: its readers recurse. */
export const MAX_MESSAGE_DEPTH = 500;

/** The largest body kept in the message's own item, which DynamoDB lets grow to 400 KB; larger ones are objects in S3. */
export const MAX_INLINE_BYTES = 100 * 1024;

/**
 * The largest `client_payload` of one `repository_dispatch`.
 * https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event
 */
export const MAX_CLIENT_PAYLOAD_BYTES = 65_535;

/**
 * The largest `inputs` of one `workflow_dispatch`: UTF-8 bytes of their JSON. GitHub documents 65,535
 * characters and not what is counted, so that this counts the most that it may and leaves a margin.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
 */
export const MAX_INPUTS_BYTES = 64_000;
export const MAX_EVENT_TYPE_CHARACTERS = 100;

/** A workflow path's limit, in UTF-8 bytes. A file's name has 255 at most; DynamoDB's sort keys have 1,024. */
export const MAX_PATH_BYTES = 400;

/** A filter's length limit, in UTF-16 units. */
export const MAX_FILTER = 2000;

/** Longer than the 35 days after which GitHub ends any run: https://docs.github.com/en/actions/reference/limits */
export const RUN_TTL = 40 * DAY;
export const DELIVERY_TTL = 396 * DAY;
/** The time for which joined payloads can be replayed. */
export const ARCHIVE_TTL = 90 * DAY;

/**
 * The time for which GitHub stores a webhook's log, and redelivers from it.
 * https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/redelivering-webhooks
 */
export const HOOK_LOG_TTL = 3 * DAY;

/** A chain of deliveries that cause one another ends here. */
export const MAX_HOPS = 8;

/** The time after which a dispatch's outcome counts as unknown; GitHub answers within 10 s. */
export const LEASE = 1 * MINUTE;

/** The event type of a run that finished, whether or not it sent messages. */
export const WORKFLOW_COMPLETED = "zekt-workflow-completed";
