import { z } from "@hono/zod-openapi";
import { DAY } from "../../domain/clock.ts";
import type { Counts } from "../../domain/meter.ts";
import { Refusal } from "../../domain/refusal.ts";
import { workflowPathSchema } from "../../domain/service-input.ts";
import { listWorkflowFiles } from "../../github/contents.ts";
import { applyZektFile } from "../../steps/apply-zekt-file.ts";
import {
  disableConsumer,
  disableTracking,
  enableConsumer,
  enableTracking,
} from "../../steps/enable-consumer.ts";
import { disableProvider, enableProvider, reachableRepository } from "../../steps/enable-provider.ts";
import { unlistWorkflow, whitelistWorkflow } from "../../steps/whitelist-workflow.ts";
import type { Zekt } from "../../zekt.ts";
import { type Access, type Api, type DefinedRoute, defineRoute } from "../route.ts";
import { repositorySchema, repositoryView } from "../views.ts";

export const onRepository = (right: "see" | "change"): Access => ({
  by: "user",
  right,
  repositories: (_, context) => [context.req.param("repositoryId" as never) as unknown as string],
});

const tag = "Repositories";
const workflowSchema = z.object({ path: z.string(), whitelisted: z.boolean() });

/** Repositories: what they are enabled for, and which workflows may leave them. */
export function repositoryRoutes(api: Api, zekt: Zekt, routes: DefinedRoute[]): void {
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/repositories",
    summary: "List the repositories you have a role on and the App is installed on",
    tag,
    access: { by: "user" },
    answer: z.object({ items: z.array(repositorySchema) }),
    async handle({ context }) {
      const rights = await zekt.users.repositories(context.get("user").token);
      const known = await zekt.store.accounts.getRepositories([...rights.keys()]);
      return { items: known.filter(({ reachable }) => reachable).map(repositoryView) };
    },
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/repositories/{repositoryId}",
    summary: "Read a repository",
    tag,
    access: onRepository("see"),
    answer: repositorySchema,
    async handle({ param }) {
      const repository = await zekt.store.accounts.getRepository(param("repositoryId"));
      if (!repository)
        throw new Refusal("not-found", "Zekt does not know this repository: install the App on it first.");
      return repositoryView(repository);
    },
  });
  defineRoute(api, zekt, routes, {
    method: "patch",
    path: "/api/repositories/{repositoryId}",
    summary: "Enable or disable a repository as provider, as consumer, and its completion tracking",
    tag,
    access: onRepository("change"),
    body: z
      .strictObject({
        provider: z.boolean().optional(),
        consumer: z.boolean().optional(),
        tracking: z.boolean().optional(),
      })
      .openapi("RepositoryChange"),
    answer: repositorySchema,
    async handle({ context, param, body }) {
      const repositoryId = param("repositoryId");
      const by = context.get("user").login;
      if (body.provider !== undefined)
        await (body.provider ? enableProvider : disableProvider)(zekt, repositoryId, by);
      if (body.consumer !== undefined)
        await (body.consumer ? enableConsumer : disableConsumer)(zekt, repositoryId, by);
      if (body.tracking !== undefined)
        await (body.tracking ? enableTracking : disableTracking)(zekt, repositoryId, by);
      return repositoryView(await reachableRepository(zekt, repositoryId));
    },
  });
  defineRoute(api, zekt, routes, {
    method: "post",
    path: "/api/repositories/{repositoryId}/zekt-file",
    summary: "Apply .github/zekt.yml of the default branch now",
    tag,
    access: onRepository("change"),
    answer: z.object({
      changes: z.array(z.string()),
      notes: z.array(z.string()).describe("What waits for others, such as a provider's approval"),
      problems: z.array(z.object({ line: z.number(), message: z.string() })),
    }),
    handle: ({ param }) => applyZektFile(zekt, { repositoryId: param("repositoryId"), sha: null }),
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/repositories/{repositoryId}/workflows",
    summary: "List the workflows of the default branch, and which are whitelisted",
    tag,
    access: onRepository("see"),
    answer: z.object({ items: z.array(workflowSchema) }),
    async handle({ param }) {
      const repository = await reachableRepository(zekt, param("repositoryId"));
      const [files, { workflows }] = await Promise.all([
        listWorkflowFiles(zekt.github, repository),
        zekt.store.catalog.offerOf(repository.repositoryId),
      ]);
      const whitelisted = new Set(workflows.map(({ path }) => path));
      const paths = [...new Set([...files, ...whitelisted])].sort();
      return { items: paths.map((path) => ({ path, whitelisted: whitelisted.has(path) })) };
    },
  });
  for (const [method, step] of [
    ["put", whitelistWorkflow],
    ["delete", unlistWorkflow],
  ] as const) {
    defineRoute(api, zekt, routes, {
      method,
      path: "/api/repositories/{repositoryId}/workflows/{path}",
      summary: method === "put" ? "Whitelist a workflow (its path URL-encoded)" : "Block a workflow again",
      tag,
      access: onRepository("change"),
      status: 204,
      async handle({ context, param }) {
        const path = workflowPathSchema.safeParse(param("path"));
        if (!path.success)
          throw new Refusal(
            "invalid",
            "The path must be such as .github/workflows/release.yml, URL-encoded.",
          );
        await step(zekt, {
          repositoryId: param("repositoryId"),
          path: path.data,
          by: context.get("user").login,
        });
      },
    });
  }
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/repositories/{repositoryId}/blocked",
    summary: "Count a provider's events: allowed, blocked, why, and by workflow",
    tag,
    access: onRepository("see"),
    query: z.object({ days: z.coerce.number().int().min(1).max(396).default(30) }),
    answer: z.object({
      allowed: z.number(),
      blocked: z.number(),
      reasons: z.array(z.object({ reason: z.string(), workflow: z.string(), count: z.number() })),
    }),
    async handle({ param, query }) {
      const now = zekt.clock.now();
      const counts = await zekt.store.meters.total(
        `repository#${param("repositoryId")}`,
        now - query.days * DAY,
        now,
      );
      return blockedView(counts);
    },
  });
}

function blockedView(counts: Counts) {
  const reasons = Object.entries(counts)
    .filter(([kind]) => kind.startsWith("blocked:"))
    .map(([kind, count]) => {
      const [, reason, ...workflow] = kind.split(":");
      return { reason: reason as string, workflow: workflow.join(":"), count: count as number };
    })
    .sort((a, b) => b.count - a.count);
  return { allowed: counts.eventsAllowed ?? 0, blocked: counts.eventsBlocked ?? 0, reasons };
}
