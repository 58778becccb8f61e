import type { RunFacts } from "../records/event.ts";
import type { Repository } from "../records/repository.ts";
import type { Service } from "../records/service.ts";

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
