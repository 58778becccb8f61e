import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { workflowPathSchema } from "../../domain/catalog/service-input.ts";
import { isDynamic } from "../../domain/intake/event.ts";
import { MAX_PATH_BYTES } from "../../domain/limits.ts";
import { Refusal } from "../../domain/refusal.ts";
import { listWorkflowFiles } from "../../github/contents.ts";
import { requireReachable } from "../../steps/catalog/require-repository.ts";
import { unlistWorkflow, whitelistWorkflow } from "../../steps/catalog/whitelist-workflow.ts";
import { audit, repositoryTrail } from "../kit/audit.ts";
import { listingOf, pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onRepository } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { workflowSchema } from "../views/workflow.ts";

const tag = "Workflows";

/** Which workflows of a repository may leave it. */
export function workflowRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "listWorkflows",
    method: "get",
    path: "/api/repositories/{repositoryId}/workflows",
    summary: "List the workflows of the default branch, and which are whitelisted",
    tag,
    access: onRepository("see"),
    query: z.object(pageQuery),
    refusals: [403],
    answer: pageOf(workflowSchema).extend({
      whitelisted: z.number().int().meta({ description: "How many are whitelisted", example: 3 }),
      total: z.number().int().meta({ description: "Of how many in all", example: 8 }),
    }),
    async handle({ param, query }) {
      const repository = await requireReachable(deps, param("repositoryId"));
      const [files, { workflows }] = await Promise.all([
        listWorkflowFiles(deps.github, repository),
        deps.store.catalog.offerOf(repository.repositoryId),
      ]);
      const existing = new Set(files);
      const whitelisted = new Set(workflows.map(({ path }) => path));
      const all = [...new Set([...existing, ...whitelisted])].map((path) => ({
        path,
        whitelisted: whitelisted.has(path),
        exists: existing.has(path),
      }));
      const listing = listingOf(`workflows ${repository.repositoryId}`, all, ({ path }) => path);
      return { ...(await readPage(listing, query)), whitelisted: whitelisted.size, total: all.length };
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
      async handle(call) {
        const { param, by } = call;
        const path = workflowPathSchema.safeParse(param("path"));
        if (!path.success)
          throw new Refusal(
            "invalid",
            isDynamic(param("path"))
              ? "Workflows of GitHub's own (dynamic/…) have no file in the repository; their runs cannot leave."
              : `The path must be such as .github/workflows/release.yml, URL-encoded, of at most ${MAX_PATH_BYTES} bytes.`,
          );
        const isNew = await step(deps, { repositoryId: param("repositoryId"), path: path.data, by: by() });
        if (!isNew) return;
        const action = method === "put" ? "workflow-whitelisted" : "workflow-blocked";
        await audit(call, action, { own: [repositoryTrail(param("repositoryId"))] }, path.data);
      },
    });
  }
}
