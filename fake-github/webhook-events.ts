import { grants, type Right } from "./access.ts";
import type { Installation } from "./state.ts";

/** Events every App gets, which therefore cannot be subscribed to. */
const IMPLICIT = new Set(["installation", "installation_repositories", "github_app_authorization"]);

/**
 * The permission that lets an App subscribe to an event; null for those that need none.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
const NEEDED: Record<string, Right | null> = {
  branch_protection_rule: ["administration", "read"],
  check_run: ["checks", "read"],
  check_suite: ["checks", "read"],
  create: ["contents", "read"],
  delete: ["contents", "read"],
  deployment: ["deployments", "read"],
  deployment_status: ["deployments", "read"],
  fork: ["contents", "read"],
  installation_target: null,
  issue_comment: ["issues", "read"],
  issues: ["issues", "read"],
  label: ["metadata", "read"],
  member: ["members", "read"],
  meta: null,
  public: ["metadata", "read"],
  pull_request: ["pull_requests", "read"],
  pull_request_review: ["pull_requests", "read"],
  push: ["contents", "read"],
  release: ["contents", "read"],
  repository: ["metadata", "read"],
  repository_dispatch: ["contents", "read"],
  security_advisory: null,
  star: ["metadata", "read"],
  status: ["statuses", "read"],
  watch: ["metadata", "read"],
  workflow_dispatch: ["contents", "read"],
  workflow_job: ["actions", "read"],
  workflow_run: ["actions", "read"],
};

/** Those of some events that an App with these permissions cannot subscribe to. */
export const unsupportedEvents = (
  events: readonly string[],
  permissions: Installation["permissions"],
): string[] =>
  events.filter((event) => {
    const needed = NEEDED[event];
    return IMPLICIT.has(event) || needed === undefined || (needed !== null && !grants(permissions, needed));
  });

/** Returns whether an installation's permissions let its App receive an event. */
export const mayHear = (installation: Installation, event: string): boolean => {
  const needed = NEEDED[event];
  return needed === null || (needed !== undefined && grants(installation.permissions, needed));
};

/** Returns whether a repository's webhook can subscribe to an event; `*` means all events. */
export const isRepositoryEvent = (event: string): boolean =>
  event === "*" || (event in NEEDED && !["installation_target", "security_advisory"].includes(event));

/** Hosts that nobody reaches from elsewhere, to which GitHub sends no webhook. */
export const PRIVATE_HOST = /^(localhost|127\..*|10\..*|192\.168\..*|\[::1\]|[^.]+)$/;
