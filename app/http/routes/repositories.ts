import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { Refusal } from "../../domain/refusal.ts";
import {
  checkTrackingMayEnd,
  disableConsumer,
  disableTracking,
  enableConsumer,
  enableTracking,
} from "../../steps/catalog/enable-consumer.ts";
import { disableProvider, enableProvider } from "../../steps/catalog/enable-provider.ts";
import { requireReachable } from "../../steps/catalog/require-repository.ts";
import { applyZektFile } from "../../steps/zekt-yml/apply-zekt-file.ts";
import { audit, repositoryTrail } from "../kit/audit.ts";
import { listingOf, pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onRepository } from "../kit/required-rights.ts";
import type { Call, Define } from "../kit/route.ts";
import { accountsOf, repositorySchema, repositoryView } from "../views/repository.ts";

const tag = "Repositories";

const repositoryChange = z
  .strictObject({
    provider: z.boolean().optional().meta({
      description: "Whether its whitelisted workflows' events may leave; places or removes the webhook",
      example: true,
    }),
    consumer: z
      .boolean()
      .optional()
      .meta({ description: "Whether it may subscribe and receive", example: true }),
    tracking: z.boolean().optional().meta({
      description:
        "Whether its runs are followed, so that they confirm and complete deliveries by themselves",
      example: false,
    }),
    durableSubscriptions: z.enum(["end", "keep"]).optional().meta({
      description:
        "For tracking: false only. end: durable subscriptions change to default delivery; keep: they stay durable, for workflows that use the confirm action",
      example: "end",
    }),
  })
  .refine((change) => change.durableSubscriptions === undefined || change.tracking === false, {
    error: "goes with tracking: false alone",
    path: ["durableSubscriptions"],
  })
  .openapi("RepositoryChange");

const fileReport = z
  .object({
    changes: z
      .array(z.string())
      .meta({ description: "What was changed", example: ["offered the service releases"] }),
    notes: z
      .array(z.string())
      .meta({ description: "What waits for others, such as a provider's approval", example: [] }),
    problems: z
      .array(
        z.object({
          line: z.number().int().meta({ description: "Line of the file", example: 7 }),
          column: z.number().int().meta({ description: "Column of that line", example: 5 }),
          message: z.string().meta({ description: "What is wrong there", example: "unknown key" }),
        }),
      )
      .describe("Why the file was not applied; none where it was"),
  })
  .openapi("ZektFileReport");

/**
 * Switches one part of what a repository is enabled for, and records where that is a change. Where GitHub lets it be
 * done only in part, such as without the webhook's removal, what was done is recorded, too.
 */
async function switchPart(
  call: Call<z.output<typeof repositoryChange>, unknown>,
  part: "provider" | "consumer" | "tracking",
  step: typeof disableTracking,
): Promise<void> {
  const { deps, body, by } = call;
  const repositoryId = call.param("repositoryId");
  const repository = await requireReachable(deps, repositoryId);
  const record = async (): Promise<void> => {
    const kept = part === "tracking" && body.durableSubscriptions;
    await audit(
      call,
      `${part}-${body[part] ? "enabled" : "disabled"}`,
      { own: [repositoryTrail(repositoryId)] },
      repository.fullName,
      kept ? `durable subscriptions: ${kept}` : null,
    );
  };
  try {
    await step(deps, repositoryId, by(), body.durableSubscriptions);
  } catch (error) {
    const now = await deps.store.accounts.getRepository(repositoryId);
    if (now && now[part] !== repository[part]) await record();
    throw error;
  }
  if (body[part] !== repository[part]) await record();
}

/** Repositories: what they are enabled for. */
export function repositoryRoutes(define: Define, deps: ApiDeps): void {
  const { accounts } = deps.store;
  define({
    id: "listRepositories",
    method: "get",
    path: "/api/repositories",
    summary: "List the repositories you have a role on and the App is installed on, by name",
    tag,
    access: { by: "user" },
    query: z.object({
      ...pageQuery,
      text: z.string().max(200).optional().describe("Only where the name holds this"),
      owner: z.string().max(100).optional().describe("Only of this owner, by its name"),
      enabled: z
        .enum(["provider", "consumer", "tracking"])
        .optional()
        .describe("Only those that are enabled as this"),
    }),
    answer: pageOf(repositorySchema),
    async handle({ context, query }) {
      const rights = await deps.users.repositories(context.get("user").token);
      const known = await accounts.getRepositories([...rights.keys()]);
      const text = (query.text ?? "").toLowerCase();
      const owner = query.owner?.toLowerCase();
      const wanted = known.filter((one) => {
        const name = one.fullName.toLowerCase();
        return (
          name.includes(text) &&
          (owner === undefined || name.startsWith(`${owner}/`)) &&
          (query.enabled === undefined || one[query.enabled])
        );
      });
      const listing = listingOf(
        "repositories",
        wanted,
        (one) => `${one.fullName.toLowerCase()} ${one.repositoryId}`,
      );
      const { items, cursor } = await readPage(listing, query);
      const owners = await accountsOf(deps, items);
      return {
        items: items.map((one) =>
          repositoryView(one, owners.get(one.ownerId) ?? null, rights.get(one.repositoryId) ?? "none"),
        ),
        cursor,
      };
    },
  });
  define({
    id: "getRepository",
    method: "get",
    path: "/api/repositories/{repositoryId}",
    summary: "Read a repository",
    tag,
    access: onRepository("see"),
    answer: repositorySchema,
    async handle({ param, rightOn }) {
      const repository = await accounts.getRepository(param("repositoryId"));
      if (!repository)
        throw new Refusal("not-found", "Zekt does not know this repository: install the App on it first.");
      return repositoryView(
        repository,
        await accounts.getAccount(repository.ownerId),
        await rightOn(repository.repositoryId),
      );
    },
  });
  define({
    id: "changeRepository",
    method: "patch",
    path: "/api/repositories/{repositoryId}",
    summary: "Enable or disable a repository as provider, as consumer, and its completion tracking",
    tag,
    access: onRepository("change"),
    body: repositoryChange,
    answer: repositorySchema,
    async handle(call) {
      const { param, body, by } = call;
      const repositoryId = param("repositoryId");
      const { durableSubscriptions } = body;
      // Before anything is changed: what is refused is refused as a whole.
      if (body.tracking === false) await checkTrackingMayEnd(deps, repositoryId, by(), durableSubscriptions);
      if (body.provider !== undefined)
        await switchPart(call, "provider", body.provider ? enableProvider : disableProvider);
      if (body.consumer !== undefined)
        await switchPart(call, "consumer", body.consumer ? enableConsumer : disableConsumer);
      if (body.tracking !== undefined)
        await switchPart(call, "tracking", body.tracking ? enableTracking : disableTracking);
      const repository = await requireReachable(deps, repositoryId);
      return repositoryView(repository, await accounts.getAccount(repository.ownerId), "change");
    },
  });
  define({
    id: "applyZektFile",
    method: "post",
    path: "/api/repositories/{repositoryId}/zekt-file",
    summary: "Apply .github/zekt.yml of the default branch now",
    tag,
    access: onRepository("change"),
    answer: fileReport,
    handle: ({ param }) => applyZektFile(deps, { repositoryId: param("repositoryId"), sha: null }),
  });
}
