import type { Hono } from "hono";
import { type Ctx, type Env, type GitHubParts, onRepository, param } from "../context.ts";
import { notFound } from "../errors.ts";
import { paged } from "../paging.ts";
import { workflowJson } from "../payloads/run.ts";
import { readWorkflow } from "../runner/read-workflow.ts";
import type { Repository, Run } from "../state.ts";

const READ = ["actions", "read"] as const;
/** A filtered list of runs ends here. */
const MAX_FILTERED = 1000;

/** A workflow's name; its path where the file cannot be read. */
const nameOf = (path: string, text: string): string => {
  try {
    return readWorkflow(path, text).name;
  } catch {
    return path;
  }
};

/** Workflows and their runs: https://docs.github.com/en/rest/actions */
export function actionRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world, runs } = parts;
  onRepository(app, parts, "get", "/actions/workflows", READ, (context, repository) => {
    // Those of GitHub's own are listed beside the repository's, once they have run.
    const dynamic = [...repository.workflowIds.keys()].filter((path) => path.startsWith("dynamic/"));
    const files = [
      ...runs.workflowFiles(repository),
      ...dynamic.map((path) => [path, `name: ${path.split("/").at(-1)}`] as const),
    ];
    return context.json({
      total_count: files.length,
      workflows: paged(context, files).map(([path, text]) =>
        workflowJson(world, repository, path, nameOf(path, text)),
      ),
    });
  });
  const listed = (context: Ctx, repository: Repository, path?: string) => {
    const found = [...world.runs.values()]
      .filter((run) => run.repositoryId === repository.id)
      .filter((run) => path === undefined || run.workflowPath === path)
      .filter((run) => world.isKnown(run.createdAt, world.settings.runListDelayMs))
      .filter(filterOf(context, parts))
      .sort((a, b) => b.id - a.id);
    const reachable = Object.keys(context.req.query()).length > 0 ? found.slice(0, MAX_FILTERED) : found;
    return context.json({
      total_count: found.length,
      workflow_runs: paged(context, reachable).map((run) => runs.json(run)),
    });
  };
  onRepository(app, parts, "get", "/actions/runs", READ, (context, repository) =>
    listed(context, repository),
  );
  const workflow = (context: Ctx, repository: Repository): readonly [path: string, text: string] => {
    const asked = param(context, "workflow");
    const file = runs
      .workflowFiles(repository)
      .find(([path]) => path.endsWith(`/${asked}`) || String(world.workflowId(repository, path)) === asked);
    if (!file) throw notFound();
    return file;
  };
  onRepository(app, parts, "get", "/actions/workflows/:workflow", READ, (context, repository) => {
    const [path, text] = workflow(context, repository);
    return context.json(workflowJson(world, repository, path, nameOf(path, text)));
  });
  onRepository(app, parts, "get", "/actions/workflows/:workflow/runs", READ, (context, repository) =>
    listed(context, repository, workflow(context, repository)[0]),
  );
  const find = (context: Ctx, repository: Repository): Run => {
    const run = runs.find(Number(param(context, "run")));
    if (run.repositoryId !== repository.id) throw notFound();
    return run;
  };
  onRepository(app, parts, "get", "/actions/runs/:run", READ, (context, repository) =>
    context.json(runs.json(find(context, repository))),
  );
  onRepository(app, parts, "get", "/actions/runs/:run/attempts/:attempt", READ, (context, repository) => {
    const run = find(context, repository);
    const attempt = run.attempts.find((one) => one.attempt === Number(param(context, "attempt")));
    if (!attempt) throw notFound();
    return context.json(runs.json(run, attempt));
  });
}

/** https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository */
function filterOf(context: Ctx, { world, runs }: GitHubParts): (run: Run) => boolean {
  const { event, status, created, head_sha, actor, branch } = context.req.query();
  const [from, to] = createdRange(created);
  return (run) => {
    const { status: state, conclusion } = runs.latest(run);
    return (
      (event === undefined || run.event === event) &&
      (head_sha === undefined || run.headSha === head_sha) &&
      (branch === undefined || run.headBranch === branch) &&
      (actor === undefined || world.accounts.get(run.actorId)?.login === actor) &&
      (status === undefined || state === status || conclusion === status) &&
      run.createdAt >= from &&
      run.createdAt <= to
    );
  };
}

/** Reads GitHub's date filter (`>=T`, `<T`, `T..T`, `T`) as the first and last millisecond. */
function createdRange(created: string | undefined): [from: number, to: number] {
  const always: [number, number] = [0, Number.POSITIVE_INFINITY];
  if (!created) return always;
  const [first = "", second] = created.split("..");
  if (second !== undefined) {
    return [first === "*" ? always[0] : start(first), second === "*" ? always[1] : end(second)];
  }
  const [, operator, date = ""] = /^(>=|<=|>|<)?(.*)$/.exec(created) ?? [];
  if (operator === ">=") return [start(date), always[1]];
  if (operator === ">") return [end(date) + 1, always[1]];
  if (operator === "<=") return [always[0], end(date)];
  if (operator === "<") return [always[0], start(date) - 1];
  return [start(date), end(date)];
}

const start = (date: string): number => Date.parse(date);
/** A time has seconds; a date alone means its whole day. */
const end = (date: string): number => Date.parse(date) + (date.includes("T") ? 999 : 86_399_999);
