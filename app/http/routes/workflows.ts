import { z } from "@hono/zod-openapi";
import { DAY } from "../../domain/clock.ts";
import type { Counts } from "../../domain/meter.ts";
import { Refusal } from "../../domain/refusal.ts";
import { workflowPathSchema } from "../../domain/service-input.ts";
import { listWorkflowFiles } from "../../github/contents.ts";
import { reachableRepository } from "../../steps/enable-provider.ts";
import { unlistWorkflow, whitelistWorkflow } from "../../steps/whitelist-workflow.ts";
import type { Zekt } from "../../zekt.ts";
import { listingOf, pageOf, pageQuery, readPage } from "../paging.ts";
import type { Define } from "../route.ts";
import { workflowPath } from "../views/common.ts";
import { onRepository } from "./concerned.ts";

const tag = "Workflows";

const workflowSchema = z
  .object({
    path: workflowPath,
    whitelisted: z.boolean().meta({ description: "Whether its runs may leave", example: true }),
    exists: z
      .boolean()
      .meta({ description: "Whether the file is on the default branch still", example: true }),
  })
  .openapi("Workflow");

const count = (description: string) => z.number().int().meta({ description, example: 12 });

const blockedSchema = z
  .object({
    allowed: count("Events that left"),
    blocked: count("Events that did not"),
    reasons: z
      .array(
        z.object({
          reason: z.string().meta({ description: "Why", example: "not-whitelisted" }),
          workflow: workflowPath,
          count: count("How many"),
        }),
      )
      .describe("Most first"),
  })
  .openapi("BlockedEvents");

/** Which workflows of a repository may leave it, and what became of their events. */
export function workflowRoutes(define: Define, zekt: Zekt): void {
  define({
    id: "listWorkflows",
    method: "get",
    path: "/api/repositories/{repositoryId}/workflows",
    summary: "List the workflows of the default branch, and which are whitelisted",
    tag,
    access: onRepository("see"),
    query: z.object(pageQuery),
    refusals: [403],
    answer: pageOf(workflowSchema),
    async handle({ param, query }) {
      const repository = await reachableRepository(zekt, param("repositoryId"));
      const [files, { workflows }] = await Promise.all([
        listWorkflowFiles(zekt.github, repository),
        zekt.store.catalog.offerOf(repository.repositoryId),
      ]);
      const existing = new Set(files);
      const whitelisted = new Set(workflows.map(({ path }) => path));
      const all = [...new Set([...existing, ...whitelisted])].map((path) => ({
        path,
        whitelisted: whitelisted.has(path),
        exists: existing.has(path),
      }));
      return await readPage(
        listingOf(`workflows ${repository.repositoryId}`, all, ({ path }) => path),
        query,
      );
    },
  });
  for (const [method, step] of [
    ["put", whitelistWorkflow],
    ["delete", unlistWorkflow],
  ] as const) {
    define({
      id: method === "put" ? "whitelistWorkflow" : "blockWorkflow",
      method,
      path: "/api/repositories/{repositoryId}/workflows/{path}",
      summary: method === "put" ? "Whitelist a workflow (its path URL-encoded)" : "Block a workflow again",
      tag,
      access: onRepository("change"),
      status: 204,
      async handle({ param, by }) {
        const path = workflowPathSchema.safeParse(param("path"));
        if (!path.success)
          throw new Refusal(
            "invalid",
            "The path must be such as .github/workflows/release.yml, URL-encoded.",
          );
        await step(zekt, { repositoryId: param("repositoryId"), path: path.data, by: by() });
      },
    });
  }
  define({
    id: "countBlocked",
    method: "get",
    path: "/api/repositories/{repositoryId}/blocked",
    summary: "Count a provider's events: allowed, blocked, why, and by workflow",
    tag,
    access: onRepository("see"),
    query: z.object({
      days: z.coerce.number().int().min(1).max(396).default(30).describe("How many days back"),
    }),
    answer: blockedSchema,
    async handle({ param, query }) {
      const now = zekt.clock.now();
      const scope = `repository#${param("repositoryId")}`;
      return blockedView(await zekt.store.meters.total(scope, now - query.days * DAY, now));
    },
  });
}

function blockedView(counts: Counts): z.infer<typeof blockedSchema> {
  const reasons = Object.entries(counts)
    .filter(([kind]) => kind.startsWith("blocked:"))
    .map(([kind, n]) => {
      const [, reason, ...workflow] = kind.split(":");
      return { reason: reason as string, workflow: workflow.join(":"), count: n as number };
    })
    .sort((a, b) => b.count - a.count);
  return { allowed: counts.eventsAllowed ?? 0, blocked: counts.eventsBlocked ?? 0, reasons };
}
