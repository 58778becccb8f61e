import type { Repository } from "../domain/records/repository.ts";
import type { GitHub } from "./client.ts";

/** GitHub takes so many annotations at a time; more are added by further requests. */
const ANNOTATIONS_AT_ONCE = 50;

/** A remark on lines of a file. */
export interface Annotation {
  path: string;
  line: number;
  message: string;
}

export interface CheckReport {
  name: string;
  sha: string;
  conclusion: "success" | "failure" | "neutral";
  title: string;
  summary: string;
  annotations: readonly Annotation[];
}

/**
 * Reports a finished check on a commit, with all its annotations.
 * https://docs.github.com/en/rest/checks/runs#create-a-check-run
 *
 * @throws RequestError of `@octokit/request-error`, such as 422 where the permission is not granted or there is no such commit
 */
export async function reportCheck(
  github: GitHub,
  target: Pick<Repository, "repositoryId" | "ownerId" | "installationId">,
  report: CheckReport,
): Promise<void> {
  if (target.installationId === null) return;
  const octokit = await github.as(
    { installationId: target.installationId, ownerId: target.ownerId },
    { repositoryIds: [target.repositoryId], permissions: { checks: "write" } },
  );
  const repository_id = Number(target.repositoryId);
  const annotations = report.annotations.map(({ path, line, message }) => ({
    path,
    start_line: line,
    end_line: line,
    annotation_level: "failure" as const,
    message,
  }));
  const output = (from: number) => ({
    title: report.title,
    summary: report.summary,
    annotations: annotations.slice(from, from + ANNOTATIONS_AT_ONCE),
  });
  const { data } = await octokit.request("POST /repositories/{repository_id}/check-runs", {
    repository_id,
    name: report.name,
    head_sha: report.sha,
    status: "completed",
    conclusion: report.conclusion,
    output: output(0),
  });
  for (let from = ANNOTATIONS_AT_ONCE; from < annotations.length; from += ANNOTATIONS_AT_ONCE) {
    await octokit.request("PATCH /repositories/{repository_id}/check-runs/{check_run_id}", {
      repository_id,
      check_run_id: (data as { id: number }).id,
      output: output(from),
    });
  }
}
