import type { BlockReason } from "../records/routing-plan.ts";

/** Each reason for a block as one sentence: what is wrong, and what would change it. */
export const BLOCK_SENTENCE: Readonly<Record<BlockReason, string>> = {
  "not-enabled": "The provider's repository is not enabled; one of its maintainers must enable it.",
  "not-whitelisted": "The service's workflow is not whitelisted; its provider has to whitelist it.",
  "github-workflow":
    "GitHub's own workflow ran, which has no file in the repository; its runs cannot leave. Have a workflow of the repository's own follow it.",
  "no-service": "The service is not published; its provider has to publish it.",
  "no-consumer": "The subscription is not approved; its provider has to approve it.",
  fork: "The service does not allow runs of forks; its provider can allow them by the setting forks.",
  branch:
    "The service does not allow the run's branch or tag; its provider can add it to the setting branches.",
  conclusion:
    "The service does not allow this conclusion; its provider can add it to the setting conclusions.",
  "event-type":
    "No event type of the run is both allowed by the service and wanted by the subscription; change eventTypes of one of them.",
  "hop-limit":
    "The event ends too long a chain of repositories that trigger one another; take one of them out of the chain.",
  breaker:
    "The workflow had too many events within this hour and may be in a loop; end the loop, and try again when the hour is over.",
};
