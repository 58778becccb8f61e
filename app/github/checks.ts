import { createHash } from "node:crypto";
import { cutToBytes } from "../domain/cut-text.ts";
import type { Repository } from "../domain/records/repository.ts";
import type { GitHub } from "./client.ts";
import { createOnce } from "./create-once.ts";

/** GitHub takes so many annotations at a time; more are added by further requests. */
const ANNOTATIONS_AT_ONCE = 50;

/**
 * Bytes of a summary, and of an annotation's message, that GitHub takes. What it calls characters are bytes:
 * https://github.com/github/rest-api-description/issues/5399
 */
const MOST_SUMMARY = 65_535;
const MOST_MESSAGE = 64 * 1024;

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

interface CheckJson {
  id: number;
  external_id: string | null;
  output: { annotations_count: number };
}

const CHECKS = "/repositories/{repository_id}/check-runs";

/**
 * Reports a finished check on a commit, with all its annotations. The same report twice is one check run:
 * its `external_id` is made of what it says.
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
  const external_id = createHash("sha256").update(JSON.stringify(report)).digest("hex");
  const output = (from: number) => ({
    title: report.title,
    summary: cutToBytes(report.summary, MOST_SUMMARY),
    annotations: report.annotations.slice(from, from + ANNOTATIONS_AT_ONCE).map(annotationBody),
  });
  const create = async (): Promise<CheckJson> => {
    const { data } = await octokit.request(`POST ${CHECKS}`, {
      repository_id,
      name: report.name,
      head_sha: report.sha,
      external_id,
      status: "completed",
      conclusion: report.conclusion,
      output: output(0),
    });
    return data as CheckJson;
  };
  const find = async (): Promise<CheckJson | null> => {
    const { data } = await octokit.request("GET /repositories/{repository_id}/commits/{ref}/check-runs", {
      repository_id,
      ref: report.sha,
      check_name: report.name,
      // The newest of its name alone: an older one that said the same is not this report.
      filter: "latest",
    });
    const { check_runs } = data as { check_runs: CheckJson[] };
    return check_runs.find((one) => one.external_id === external_id) ?? null;
  };
  const { id, output: shown } = await createOnce(github, create, find);
  for (let from = shown.annotations_count; from < report.annotations.length; from += ANNOTATIONS_AT_ONCE) {
    await octokit.request(`PATCH ${CHECKS}/{check_run_id}`, {
      repository_id,
      check_run_id: id,
      output: output(from),
    });
  }
}

const annotationBody = ({ path, line, message }: Annotation) => ({
  path,
  start_line: line,
  end_line: line,
  annotation_level: "failure" as const,
  message: cutToBytes(message, MOST_MESSAGE),
});
