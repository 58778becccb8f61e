import type { Hono } from "hono";
import { actorId } from "../auth.ts";
import { bodyOf, type Ctx, type Env, type GitHubParts, onRepository, param } from "../context.ts";
import { GitHubError, invalid, invalidRequest, notFound } from "../errors.ts";
import { paged } from "../paging.ts";
import { commentJson, issueJson } from "../payloads/issue.ts";
import type { Issue, IssueComment, Repository } from "../state.ts";

const READ = ["issues", "read"] as const;
const WRITE = ["issues", "write"] as const;
const MAX_BODY = 65_536;
/** https://github.com/DavyJonesLocker/party_foul/pull/122 */
const MAX_TITLE = 256;

const names = (value: unknown): string[] =>
  ((value ?? []) as (string | { name: string })[]).map((one) => (typeof one === "string" ? one : one.name));

function checkText(body: Record<string, unknown>): void {
  for (const [field, most] of [
    ["title", MAX_TITLE],
    ["body", MAX_BODY],
  ] as const) {
    const text = body[field];
    if (typeof text !== "string" || text.length <= most) continue;
    const message = `${field} is too long (maximum is ${most} characters)`;
    throw invalid("Validation Failed", [{ resource: "Issue", code: "custom", field, message }]);
  }
}

/** Puts what a body says into an issue: https://docs.github.com/en/rest/issues/issues#update-an-issue */
function applyIssueBody(issue: Issue, body: Record<string, unknown>, now: number, by: number): void {
  checkText(body);
  if (body.state !== undefined && body.state !== "open" && body.state !== "closed") {
    throw invalidRequest(
      `${JSON.stringify(body.state)} is not a possible value. Must be one of: open, closed.`,
    );
  }
  if (typeof body.title === "string") issue.title = body.title;
  if (typeof body.body === "string" || body.body === null) issue.body = body.body;
  if (body.labels !== undefined) issue.labels = names(body.labels);
  if (body.assignees !== undefined) issue.assignees = names(body.assignees);
  if (body.state === "open" || body.state === "closed") {
    issue.stateReason =
      body.state === "closed"
        ? ((body.state_reason as string | undefined) ?? "completed")
        : issue.state === "closed"
          ? "reopened"
          : issue.stateReason;
    issue.state = body.state;
    issue.closedAt = body.state === "closed" ? now : null;
    issue.closedById = body.state === "closed" ? by : null;
  }
  issue.updatedAt = now;
}

/** Issues and their comments: https://docs.github.com/en/rest/issues */
export function issueRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world } = parts;
  /** An issue route, which is gone where issues are switched off. */
  const on: typeof onRepository = (to, of, method, path, right, handler) =>
    onRepository(to, of, method, path, right, (context, repository) => {
      if (!repository.hasIssues) throw new GitHubError(410, "Issues has been disabled in this repository.");
      return handler(context, repository);
    });
  const find = (context: Ctx, repository: Repository): Issue => {
    const issue = repository.issues.find((one) => one.number === Number(param(context, "number")));
    if (!issue) throw notFound();
    return issue;
  };
  on(app, parts, "get", "/issues", READ, (context, repository) => {
    const { state = "open", labels, creator } = context.req.query();
    const wanted = labels === undefined ? [] : labels.split(",");
    const found = repository.issues
      .filter((issue) => state === "all" || issue.state === state)
      .filter((issue) => wanted.every((label) => issue.labels.includes(label)))
      .filter((issue) => creator === undefined || world.accounts.get(issue.authorId)?.login === creator)
      .sort((a, b) => b.number - a.number);
    return context.json(paged(context, found).map((issue) => issueJson(world, repository, issue)));
  });
  on(app, parts, "post", "/issues", WRITE, async (context, repository) => {
    const body = await bodyOf(context);
    if (typeof body.title !== "string" || body.title === "") throw invalidRequest(`"title" wasn't supplied.`);
    const now = world.clock.now();
    const issue: Issue = {
      number: repository.issues.length + 1,
      id: world.bigId(),
      title: body.title,
      body: null,
      state: "open",
      stateReason: null,
      labels: [],
      assignees: [],
      comments: [],
      authorId: actorId(context.get("caller")),
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      closedById: null,
    };
    applyIssueBody(issue, { ...body, state: undefined }, now, issue.authorId);
    repository.issues.push(issue);
    return context.json(issueJson(world, repository, issue), 201);
  });
  on(app, parts, "get", "/issues/:number", READ, (context, repository) =>
    context.json(issueJson(world, repository, find(context, repository))),
  );
  on(app, parts, "patch", "/issues/:number", WRITE, async (context, repository) => {
    const issue = find(context, repository);
    applyIssueBody(issue, await bodyOf(context), world.clock.now(), actorId(context.get("caller")));
    return context.json(issueJson(world, repository, issue));
  });
  on(app, parts, "get", "/issues/:number/comments", READ, (context, repository) => {
    const issue = find(context, repository);
    return context.json(
      paged(context, issue.comments).map((one) => commentJson(world, repository, issue, one)),
    );
  });
  on(app, parts, "post", "/issues/:number/comments", WRITE, async (context, repository) => {
    const issue = find(context, repository);
    const body = await bodyOf(context);
    if (typeof body.body !== "string" || body.body === "") throw invalidRequest(`"body" wasn't supplied.`);
    checkText(body);
    const now = world.clock.now();
    const authorId = actorId(context.get("caller"));
    const comment: IssueComment = {
      id: world.bigId(),
      body: body.body,
      authorId,
      createdAt: now,
      updatedAt: now,
    };
    issue.comments.push(comment);
    issue.updatedAt = now;
    return context.json(commentJson(world, repository, issue, comment), 201);
  });
}
