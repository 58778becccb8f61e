import type { Annotation, App, CheckRun, Repository } from "../state.ts";
import type { World } from "../world.ts";
import { appJson } from "./app.ts";
import { iso, isoOrNull, type Json, nodeId } from "./common.ts";
import { repositoryUrl } from "./repository.ts";

/** https://docs.github.com/en/rest/checks/runs#get-a-check-run */
export function checkJson(world: World, repository: Repository, check: CheckRun): Json {
  const url = `${repositoryUrl(world, repository)}/check-runs/${check.id}`;
  const page = `${world.url}/${world.fullName(repository)}/runs/${check.id}`;
  const { annotations, ...output } = check.output;
  return {
    id: check.id,
    name: check.name,
    node_id: nodeId("CheckRun", check.id),
    head_sha: check.headSha,
    external_id: check.externalId ?? "",
    url,
    html_url: page,
    details_url: check.detailsUrl ?? page,
    status: check.status,
    conclusion: check.conclusion,
    started_at: iso(check.startedAt),
    completed_at: isoOrNull(check.completedAt),
    output: { ...output, annotations_count: annotations.length, annotations_url: `${url}/annotations` },
    check_suite: { id: check.suiteId },
    app: appJson(world, world.apps.get(check.appId) as App),
    pull_requests: [],
  };
}

/** https://docs.github.com/en/rest/checks/runs#list-check-run-annotations */
export const annotationJson = (
  world: World,
  repository: Repository,
  check: CheckRun,
  annotation: Annotation,
): Json => ({
  path: annotation.path,
  blob_href: `${world.url}/${world.fullName(repository)}/blob/${check.headSha}/${annotation.path}`,
  start_line: annotation.start_line,
  start_column: annotation.start_column ?? null,
  end_line: annotation.end_line,
  end_column: annotation.end_column ?? null,
  annotation_level: annotation.annotation_level,
  title: annotation.title ?? null,
  message: annotation.message,
  raw_details: annotation.raw_details ?? null,
});
