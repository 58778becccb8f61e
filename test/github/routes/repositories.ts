import type { Hono } from "hono";
import { bodyOf, type Env, type GitHubParts, onRepository, paged } from "../context.ts";
import { invalid, notFound } from "../errors.ts";
import { accountJson, repositoryJson, runJson, workflowJson } from "../payloads.ts";
import { readWorkflow } from "../runner/read-workflow.ts";
import type { CheckRun, Repository, RunAttemptState, World } from "../state.ts";

const MAX_PAYLOAD = 65_535;
const MAX_PROPERTIES = 10;

/** What a user may do on a repository, as GitHub writes it out. */
export const rights = (role: string | null) => ({
  admin: role === "admin",
  maintain: role === "admin" || role === "maintain",
  push: role === "admin" || role === "maintain" || role === "write",
  triage: role !== null && role !== "read",
  pull: role !== null,
});

/** Routes of a repository: itself, its files, its dispatches, its runs, its checks. */
export function repositoryRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world, runs } = parts;
  onRepository(app, parts, "get", "", ["metadata", "read"], (context, repository) => {
    const caller = context.get("caller");
    const role = caller.kind === "user" ? world.role(caller.userId, repository) : null;
    return context.json({
      ...repositoryJson(world, repository),
      has_discussions: false,
      network_count: 0,
      subscribers_count: 0,
      ...(caller.kind === "user" ? { permissions: rights(role), role_name: role } : {}),
    });
  });
  onRepository(
    app,
    parts,
    "get",
    "/collaborators/:login/permission",
    ["metadata", "read"],
    (context, repository) => {
      const user = world.account(context.req.param("login") as string);
      if (!user) throw notFound();
      const role = world.role(user.id, repository);
      const permission = role === "maintain" ? "write" : role === "triage" ? "read" : (role ?? "none");
      return context.json({
        permission,
        role_name: role ?? "none",
        user: { ...accountJson(world, user), permissions: rights(role) },
      });
    },
  );
  onRepository(app, parts, "get", "/contents/:path{.*}", ["contents", "read"], (context, repository) => {
    const path = decodeURIComponent(context.req.param("path") as string).replace(/\/+$/, "");
    const files = filesAt(repository, context.req.query("ref"));
    const text = files.get(path);
    const entry = (at: string, content?: string) => ({
      type: content === undefined ? "dir" : "file",
      encoding: content === undefined ? undefined : "base64",
      size: content === undefined ? 0 : Buffer.byteLength(content),
      name: at.split("/").at(-1),
      path: at,
      content: content === undefined ? undefined : Buffer.from(content).toString("base64"),
      sha: shaOf(content ?? at),
      url: `${world.url}/repos/${world.fullName(repository)}/contents/${at}?ref=${repository.defaultBranch}`,
      git_url: `${world.url}/repos/${world.fullName(repository)}/git/blobs/${shaOf(content ?? at)}`,
      html_url: `${world.url}/${world.fullName(repository)}/blob/${repository.defaultBranch}/${at}`,
      download_url: null,
      _links: { git: null, self: "", html: null },
    });
    if (text !== undefined) return context.json(entry(path, text));
    const children = new Map<string, string | undefined>();
    for (const [file, content] of files) {
      if (!file.startsWith(path === "" ? "" : `${path}/`)) continue;
      const [head, ...rest] = file.slice(path === "" ? 0 : path.length + 1).split("/");
      children.set(
        path === "" ? (head as string) : `${path}/${head}`,
        rest.length === 0 ? content : undefined,
      );
    }
    if (children.size === 0) throw notFound();
    return context.json(
      [...children].map(([at, content]) => ({
        ...entry(at, content),
        content: undefined,
        encoding: undefined,
      })),
    );
  });
  onRepository(app, parts, "post", "/dispatches", ["contents", "write"], async (context, repository) => {
    const body = await bodyOf(context);
    checkDispatch(body);
    if (repository.archived) throw invalid("Repository was archived so is read-only.");
    const caller = context.get("caller");
    const dispatch = {
      at: world.clock.now(),
      eventType: body.event_type as string,
      clientPayload: (body.client_payload ?? {}) as Record<string, unknown>,
      appSlug: caller.kind === "installation" ? caller.app.slug : null,
      runIds: [],
    };
    repository.dispatches.push(dispatch);
    if (world.settings.runWorkflows) {
      runs.background(
        runs.dispatched(repository, dispatch, caller.kind === "installation" ? caller.app : null),
      );
    }
    return context.body(null, 204);
  });
  onRepository(app, parts, "get", "/actions/workflows", ["actions", "read"], (context, repository) => {
    const found = [...repository.files].filter(([path]) => /^\.github\/workflows\/[^/]+\.ya?ml$/.test(path));
    const workflows = paged(context, found).map(([path, text]) =>
      workflowJson(world, repository, path, nameOf(path, text)),
    );
    return context.json({ total_count: found.length, workflows });
  });
  onRepository(app, parts, "get", "/actions/runs", ["actions", "read"], (context, repository) => {
    const { event, status, created, head_sha, actor } = context.req.query();
    const [from, to] = createdRange(created);
    const found = [...world.runs.values()]
      .filter((run) => run.repositoryId === repository.id)
      .filter((run) => event === undefined || run.event === event)
      .filter((run) => head_sha === undefined || run.headSha === head_sha)
      .filter((run) => actor === undefined || world.accounts.get(run.actorId)?.login === actor)
      .filter((run) => run.createdAt >= from && run.createdAt <= to)
      .filter((run) => {
        const latest = runs.latest(run);
        return status === undefined || latest.status === status || latest.conclusion === status;
      })
      .sort((a, b) => b.id - a.id);
    return context.json({
      total_count: found.length,
      workflow_runs: paged(context, found).map((run) => runs.json(run)),
    });
  });
  const findRun = (repository: Repository, id: string | undefined) => {
    const run = runs.find(Number(id));
    if (run.repositoryId !== repository.id) throw notFound();
    return run;
  };
  onRepository(app, parts, "get", "/actions/runs/:run", ["actions", "read"], (context, repository) =>
    context.json(runs.json(findRun(repository, context.req.param("run")))),
  );
  onRepository(
    app,
    parts,
    "get",
    "/actions/runs/:run/attempts/:attempt",
    ["actions", "read"],
    (context, repository) => {
      const run = findRun(repository, context.req.param("run"));
      const attempt = run.attempts.find((one) => one.attempt === Number(context.req.param("attempt")));
      if (!attempt) throw notFound();
      return context.json(runJson(world, run, attempt as RunAttemptState));
    },
  );
  checkRoutes(app, parts);
}

/** https://docs.github.com/en/rest/repos/repos#create-a-repository-dispatch-event */
function checkDispatch(body: Record<string, unknown>): void {
  const { event_type: eventType, client_payload: payload } = body;
  if (typeof eventType !== "string" || eventType === "") {
    throw invalid('Invalid request.\n\n"event_type" wasn\'t supplied.');
  }
  if ([...eventType].length > 100) {
    throw invalid(`Invalid request.\n\n"event_type" is too long (maximum is 100 characters).`);
  }
  if (payload === undefined) return;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    throw invalid(
      `Invalid request.\n\nFor 'properties/client_payload', ${JSON.stringify(payload)} is not an object.`,
    );
  }
  const properties = Object.keys(payload).length;
  if (properties > MAX_PROPERTIES) {
    throw invalid(
      `Invalid request.\n\nNo more than ${MAX_PROPERTIES} properties are allowed; ${properties} were supplied.`,
    );
  }
  if (Buffer.byteLength(JSON.stringify(payload)) > MAX_PAYLOAD) {
    throw invalid("Invalid request.\n\nclient_payload is too large.");
  }
}

const filesAt = (repository: Repository, ref: string | undefined): Map<string, string> => {
  if (ref === undefined || ref === repository.defaultBranch || ref === repository.headSha)
    return repository.files;
  if (ref === `refs/heads/${repository.defaultBranch}`) return repository.files;
  const files = repository.history.get(ref);
  if (!files) throw notFound();
  return files;
};

const shaOf = (text: string): string => Buffer.from(text).toString("hex").padEnd(40, "0").slice(0, 40);

const nameOf = (path: string, text: string): string => {
  try {
    return readWorkflow(path, text).name;
  } catch {
    return path;
  }
};

/** Reads GitHub's `created` filter: `>=T`, `<=T`, `T..T`. */
function createdRange(created: string | undefined): [number, number] {
  if (!created) return [0, Number.POSITIVE_INFINITY];
  if (created.includes("..")) {
    const [from, to] = created.split("..");
    return [
      from === "*" ? 0 : Date.parse(from as string),
      to === "*" ? Number.POSITIVE_INFINITY : Date.parse(to as string),
    ];
  }
  if (created.startsWith(">=") || created.startsWith(">"))
    return [Date.parse(created.replace(/^>=?/, "")), Number.POSITIVE_INFINITY];
  return [0, Date.parse(created.replace(/^<=?/, ""))];
}

const MAX_ANNOTATIONS = 50;

const checkJson = (world: World, repository: Repository, check: CheckRun) => ({
  id: check.id,
  name: check.name,
  head_sha: check.headSha,
  status: check.status,
  conclusion: check.conclusion,
  started_at: new Date(check.startedAt).toISOString(),
  completed_at: check.completedAt === null ? null : new Date(check.completedAt).toISOString(),
  html_url: `${world.url}/${world.fullName(repository)}/runs/${check.id}`,
  output: {
    title: check.output.title,
    summary: check.output.summary,
    text: check.output.text,
    annotations_count: check.output.annotations.length,
    annotations_url: `${world.url}/repos/${world.fullName(repository)}/check-runs/${check.id}/annotations`,
  },
});

/** https://docs.github.com/en/rest/checks/runs */
function checkRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world } = parts;
  const applyBody = (check: CheckRun, body: Record<string, unknown>): void => {
    const output = body.output as
      | { title?: string; summary?: string; text?: string; annotations?: object[] }
      | undefined;
    if (output && (output.title === undefined || output.summary === undefined)) {
      throw invalid('Invalid request.\n\n"title" and "summary" weren\'t supplied.');
    }
    const annotations = output?.annotations ?? [];
    if (annotations.length > MAX_ANNOTATIONS)
      throw invalid("Invalid request.\n\nNo more than 50 annotations are allowed.");
    for (const annotation of annotations as Record<string, unknown>[]) {
      for (const field of ["path", "start_line", "end_line", "annotation_level", "message"]) {
        if (annotation[field] === undefined) throw invalid(`Invalid request.\n\n"${field}" wasn't supplied.`);
      }
    }
    check.output = {
      title: output?.title ?? check.output.title,
      summary: output?.summary ?? check.output.summary,
      text: output?.text ?? check.output.text,
      annotations: [...check.output.annotations, ...annotations],
    };
    if (typeof body.conclusion === "string") {
      check.conclusion = body.conclusion;
      check.status = "completed";
      check.completedAt = world.clock.now();
    } else if (typeof body.status === "string") check.status = body.status;
  };
  onRepository(app, parts, "post", "/check-runs", ["checks", "write"], async (context, repository) => {
    const body = await bodyOf(context);
    if (typeof body.name !== "string" || typeof body.head_sha !== "string") {
      throw invalid('Invalid request.\n\n"name" and "head_sha" weren\'t supplied.');
    }
    if (body.head_sha !== repository.headSha && !repository.history.has(body.head_sha)) {
      throw invalid(`No commit found for SHA: ${body.head_sha}`);
    }
    const caller = context.get("caller");
    const check: CheckRun = {
      id: world.id(),
      name: body.name,
      headSha: body.head_sha,
      status: "queued",
      conclusion: null,
      output: { title: null, summary: null, text: null, annotations: [] },
      appId: caller.kind === "installation" ? caller.app.id : 0,
      startedAt: world.clock.now(),
      completedAt: null,
    };
    applyBody(check, body);
    repository.checkRuns.push(check);
    return context.json(checkJson(world, repository, check), 201);
  });
  const findCheck = (repository: Repository, id: string | undefined): CheckRun => {
    const check = repository.checkRuns.find((one) => one.id === Number(id));
    if (!check) throw notFound();
    return check;
  };
  onRepository(
    app,
    parts,
    "patch",
    "/check-runs/:check",
    ["checks", "write"],
    async (context, repository) => {
      const check = findCheck(repository, context.req.param("check"));
      applyBody(check, await bodyOf(context));
      return context.json(checkJson(world, repository, check));
    },
  );
  onRepository(
    app,
    parts,
    "get",
    "/check-runs/:check/annotations",
    ["checks", "read"],
    (context, repository) =>
      context.json(findCheck(repository, context.req.param("check")).output.annotations),
  );
  onRepository(app, parts, "get", "/commits/:ref/check-runs", ["checks", "read"], (context, repository) => {
    const found = repository.checkRuns.filter(({ headSha }) => headSha === context.req.param("ref"));
    return context.json({
      total_count: found.length,
      check_runs: found.map((one) => checkJson(world, repository, one)),
    });
  });
}
