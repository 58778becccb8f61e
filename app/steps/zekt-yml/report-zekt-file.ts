import type { WorkerDeps } from "../../deps.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { FileProblem } from "../../domain/zekt-yml/read-zekt-file.ts";
import { ZEKT_FILE } from "../../domain/zekt-yml/zekt-file.ts";
import { type CheckReport, reportCheck } from "../../github/checks.ts";
import { outageOf } from "../../github/outage.ts";
import type { Applied } from "./result.ts";

/** Lines of a list before the rest is only counted; the annotations hold all problems. */
const MAX_LISTED = 50;

/** The outcome of a commit's file: applied, gone, or superseded by a later commit's. */
export type Outcome = { became: "applied" | "gone"; applied: Applied } | { became: "superseded" };

/**
 * Reports on a commit what became of its file. What GitHub does not take, for want of the permission or
 * of the commit, is logged: the file is in force all the same.
 *
 * @throws whatever says that GitHub cannot be asked now, so that the report is made later
 */
export async function reportZektFile(
  deps: WorkerDeps,
  repository: Repository,
  sha: string,
  outcome: Outcome,
): Promise<void> {
  try {
    await reportCheck(deps.github, repository, { name: "Zekt", sha, ...reportOf(outcome) });
  } catch (error) {
    if (outageOf(error)) throw error;
    const { repositoryId } = repository;
    deps.log.warn(
      { event: "file-check.failed", err: error, repositoryId, sha },
      `Check on ${ZEKT_FILE} could not be reported`,
    );
  }
}

function reportOf(outcome: Outcome): Omit<CheckReport, "name" | "sha"> {
  if (outcome.became === "superseded") {
    const title = `A later commit's ${ZEKT_FILE} is in force`;
    return { conclusion: "neutral", title, summary: `${title}; see the check there.`, annotations: [] };
  }
  const { changes, notes, problems } = outcome.applied;
  const done = [section("Done", changes) || "Nothing had to change.", section("To know", notes)];
  if (problems.length === 0) {
    const title =
      outcome.became === "gone"
        ? `${ZEKT_FILE} is gone; people manage the repository`
        : `${ZEKT_FILE} is in force`;
    return { conclusion: "success", title, summary: paragraphs(done), annotations: [] };
  }
  const things = problems.length === 1 ? "1 thing" : `${problems.length} things`;
  const mend = section("To fix", problems.map(onLine));
  return {
    conclusion: "failure",
    title: `${things} to fix in ${ZEKT_FILE}`,
    summary: paragraphs(changes.length === 0 ? [mend, "Nothing was changed."] : [mend, ...done]),
    annotations: problems.map(({ line, message }) => ({ path: ZEKT_FILE, line, message })),
  };
}

const paragraphs = (parts: readonly string[]): string => parts.filter((part) => part !== "").join("\n\n");

const onLine = ({ line, message }: FileProblem): string => `line ${line}: ${message}`;

function section(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return "";
  const listed = lines.slice(0, MAX_LISTED).map((line) => `- ${line}`);
  const more = lines.length > MAX_LISTED ? [`- and ${lines.length - MAX_LISTED} more`] : [];
  return [`### ${title}`, ...listed, ...more].join("\n");
}
