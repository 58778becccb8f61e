import { WORKFLOW_COMPLETED } from "../limits.ts";
import type { RunFacts, WorkflowEvent } from "../records/event.ts";
import type { Message } from "../records/message.ts";
import type { Repository } from "../records/repository.ts";
import type { Service } from "../records/service.ts";

/** One thing to deliver of an event: a message, or that the run finished. */
export interface EventPart {
  eventType: string;
  message: Message | null;
}

/** A workflow file's path as a whole, with any character in its name. */
const WHOLE_FILE = /^\.github\/workflows\/[^/]+\.ya?ml$/;

/**
 * The workflow's path without the `@ref` that `workflow_run.path` may carry. A file's name may hold an `@`
 * too, but no slash. So a full ref begins at the first `@refs/`, a short one after the last `.yml@` or `.yaml@`.
 * A text that may be a file as a whole counts as one, so that `release.yml@other.yml` never passes for `release.yml`.
 */
export function workflowPath(path: string): string {
  const full = path.indexOf("@refs/");
  if (full >= 0) return path.slice(0, full);
  if (WHOLE_FILE.test(path)) return path;
  return /^.*\.ya?ml(?=@)/s.exec(path)?.[0] ?? (isDynamic(path) ? (path.split("@", 1)[0] as string) : path);
}

/**
 * Returns whether a workflow is GitHub's own, without a file in the repository: Pages, CodeQL's default
 * setup, Dependabot.
 */
export const isDynamic = (path: string): boolean => path.startsWith("dynamic/");

/** The title of a run. GitHub's schema does not require it; then its workflow's name stands in for it. */
export const titleOf = (run: { display_title?: string | null; name?: string | null }): string =>
  run.display_title ?? run.name ?? "";

/** Returns whether someone else's code ran: a fork's branch, or a run on behalf of one. */
export const isForkRun = (event: Pick<WorkflowEvent, "repositoryId" | "headRepositoryId" | "run">): boolean =>
  event.headRepositoryId !== event.repositoryId || event.run.event === "pull_request_target";

/**
 * Joins an attempt with its messages. Where only failed jobs run again, the job that sent the message may not
 * be among them. So each event type has the messages of the newest attempt, up to this one, that sent any.
 * All of that attempt's messages of the type are kept, since the legs of a matrix each send their own.
 * https://docs.github.com/en/actions/how-tos/manage-workflow-runs/re-run-workflows-and-jobs
 */
export function join(
  messages: readonly Message[],
  { runAttempt, test }: Pick<WorkflowEvent, "runAttempt" | "test">,
): EventPart[] {
  const newest = new Map<string, number>();
  for (const { eventType, runAttempt: sent } of messages) {
    if (sent <= runAttempt) newest.set(eventType, Math.max(sent, newest.get(eventType) ?? 0));
  }
  const said = messages
    .filter((message) => newest.get(message.eventType) === message.runAttempt)
    .sort((a, b) => (a.messageId < b.messageId ? -1 : 1))
    .map((message): EventPart => ({ eventType: message.eventType, message }));
  const joined = [{ eventType: WORKFLOW_COMPLETED, message: null }, ...said];
  return test ? joined.filter(({ eventType }) => eventType === test.eventType) : joined;
}

/** The fields of a run that may travel with its event. */
export const RUN_FIELDS = [
  "id",
  "run_attempt",
  "name",
  "path",
  "event",
  "conclusion",
  "head_branch",
  "head_sha",
  "html_url",
  "actor",
  "display_title",
  "created_at",
  "run_started_at",
  "updated_at",
] as const satisfies readonly (keyof RunFacts)[];

/** The run fields that do not identify the provider. */
export const ANONYMOUS_RUN_FIELDS: readonly string[] = [
  "id",
  "run_attempt",
  "event",
  "conclusion",
  "created_at",
  "run_started_at",
  "updated_at",
];

/** Which `workflow_run` fields a service lets travel: its own list, else all for a public repository without an alias. */
export function runFieldsOf(
  service: Pick<Service, "alias" | "runFields">,
  repository: Pick<Repository, "private">,
): string[] {
  if (service.runFields) return service.runFields;
  return service.alias !== null || repository.private ? [...ANONYMOUS_RUN_FIELDS] : [...RUN_FIELDS];
}

/** The run with only the fields that may travel. */
export const pickRunFields = (run: RunFacts, fields: readonly string[]): Partial<RunFacts> =>
  Object.fromEntries(Object.entries(run).filter(([field]) => fields.includes(field)));
