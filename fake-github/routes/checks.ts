import type { Hono } from "hono";
import { bodyOf, type Ctx, type Env, type GitHubParts, onRepository, param } from "../context.ts";
import { forbidden, invalid, invalidRequest, notFound } from "../errors.ts";
import { paged } from "../paging.ts";
import { annotationJson, checkJson } from "../payloads/check.ts";
import type { CheckRun, Repository } from "../state.ts";
import { applyCheckBody } from "./check-body.ts";

const READ = ["checks", "read"] as const;
const WRITE = ["checks", "write"] as const;

/** Check runs: https://docs.github.com/en/rest/checks/runs */
export function checkRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world } = parts;
  onRepository(app, parts, "post", "/check-runs", WRITE, async (context, repository) => {
    const caller = context.get("caller");
    if (caller.kind !== "installation") throw forbidden("You must authenticate via a GitHub App.");
    const body = await bodyOf(context);
    for (const field of ["name", "head_sha"] as const) {
      if (typeof body[field] !== "string") throw invalidRequest(`"${field}" wasn't supplied.`);
    }
    const headSha = body.head_sha as string;
    if (!repository.commits.has(headSha)) throw invalid(`No commit found for SHA: ${headSha}`);
    const now = world.clock.now();
    const suite = repository.checkRuns.find(
      (one) => one.headSha === headSha && one.appId === caller.app.id,
    )?.suiteId;
    const check: CheckRun = {
      id: world.bigId(),
      name: body.name as string,
      headSha,
      externalId: null,
      detailsUrl: null,
      status: "queued",
      conclusion: null,
      output: { title: null, summary: null, text: null, annotations: [] },
      appId: caller.app.id,
      suiteId: suite ?? world.bigId(),
      startedAt: now,
      completedAt: null,
    };
    applyCheckBody(check, body, now);
    repository.checkRuns.push(check);
    return context.json(checkJson(world, repository, check), 201);
  });
  const find = (context: Ctx, repository: Repository): CheckRun => {
    const check = repository.checkRuns.find((one) => one.id === Number(param(context, "check")));
    if (!check) throw notFound();
    return check;
  };
  onRepository(app, parts, "get", "/check-runs/:check", READ, (context, repository) =>
    context.json(checkJson(world, repository, find(context, repository))),
  );
  onRepository(app, parts, "patch", "/check-runs/:check", WRITE, async (context, repository) => {
    const caller = context.get("caller");
    const check = find(context, repository);
    if (caller.kind !== "installation" || caller.app.id !== check.appId) {
      throw forbidden(
        "Invalid app_id `null` - check run can only be modified by the GitHub App that created it.",
      );
    }
    applyCheckBody(check, await bodyOf(context), world.clock.now());
    return context.json(checkJson(world, repository, check));
  });
  onRepository(app, parts, "get", "/check-runs/:check/annotations", READ, (context, repository) => {
    const check = find(context, repository);
    return context.json(
      paged(context, check.output.annotations).map((one) => annotationJson(world, repository, check, one)),
    );
  });
  onRepository(app, parts, "get", "/commits/:ref/check-runs", READ, (context, repository) => {
    const commit = world.commit(repository, param(context, "ref"));
    if (!commit) throw invalid(`No commit found for SHA: ${param(context, "ref")}`);
    const { check_name } = context.req.query();
    const found = repository.checkRuns.filter(
      ({ headSha, name }) => headSha === commit.sha && (check_name === undefined || name === check_name),
    );
    return context.json({
      total_count: found.length,
      check_runs: paged(context, found).map((one) => checkJson(world, repository, one)),
    });
  });
}
