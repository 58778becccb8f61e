import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { trustOf } from "../../domain/installations/trust.ts";
import type { Account } from "../../domain/records/account.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Right } from "../../github/repository-right.ts";
import { fullName, moment, ownerId, repositoryId, trust } from "./common.ts";

export const repositorySchema = z
  .object({
    repositoryId,
    fullName,
    owner: z
      .object({
        ownerId,
        login: z.string().meta({ description: "The owner's name", example: "acme" }),
        type: z.enum(["User", "Organization"]).describe("Whether it is a person's or an organization's"),
        verified: z.boolean().describe("Whether GitHub has verified the organization's domain"),
        trust,
      })
      .describe("Whose repository it is"),
    private: z.boolean().describe("Whether GitHub shows it to its members only"),
    reachable: z
      .boolean()
      .describe("Whether the App's installation reaches it; where not, nothing comes or goes"),
    provider: z.boolean().describe("Whether its whitelisted workflows' events may leave"),
    consumer: z.boolean().describe("Whether it may subscribe and receive"),
    tracking: z
      .boolean()
      .describe("Whether its runs are followed, so that they confirm and complete deliveries"),
    managedBy: z.string().nullable().meta({
      description: "The file that manages it; then it is read-only here",
      example: ".github/zekt.yml",
    }),
    defaultBranch: z.string().meta({ description: "Its default branch", example: "main" }),
    webhook: z
      .object({
        placedAt: moment("When it was placed"),
        pingedAt: moment("When its ping arrived, signed rightly").nullable(),
      })
      .nullable()
      .describe("Zekt's webhook in the repository"),
    webhookProblem: z.string().nullable().meta({
      description: "Why the webhook is missing, and how to fix that",
      example: null,
    }),
    missedRuns: z
      .object({
        since: moment("When the gap began"),
        until: moment("When it ended"),
        runs: z.number().int().meta({ description: "How many runs are lost", example: 3 }),
      })
      .nullable()
      .describe("Runs that did not reach Zekt, and of which GitHub does not tell any more"),
    right: z.enum(["see", "change"]).describe("What you may do with it here"),
  })
  .describe("A repository on which the App is installed, or was")
  .openapi("Repository");

/** Returns the accounts that own repositories, or whatever names its owner, by their ids; each is read once. */
export async function accountsOf(
  deps: ApiDeps,
  repositories: readonly Pick<Repository, "ownerId">[],
): Promise<ReadonlyMap<string, Account>> {
  const ownerIds = [...new Set(repositories.map(({ ownerId }) => ownerId))];
  const found = await Promise.all(ownerIds.map((one) => deps.store.accounts.getAccount(one)));
  return new Map(found.flatMap((one) => (one ? [[one.ownerId, one] as const] : [])));
}

/** A repository for somebody with a right on it. */
export const repositoryView = (
  one: Repository,
  account: Account | null,
  right: Right,
): z.infer<typeof repositorySchema> => ({
  repositoryId: one.repositoryId,
  fullName: one.fullName,
  owner: {
    ownerId: one.ownerId,
    login: account?.login ?? (one.fullName.split("/", 1)[0] as string),
    type: account?.type ?? "User",
    verified: account?.verified ?? false,
    trust: trustOf(account ?? { type: "User", verified: false }),
  },
  private: one.private,
  reachable: one.reachable,
  provider: one.provider,
  consumer: one.consumer,
  tracking: one.tracking,
  managedBy: one.managedBy,
  defaultBranch: one.defaultBranch,
  webhook: one.hook && { placedAt: one.hook.placedAt, pingedAt: one.hook.pingedAt },
  webhookProblem: one.hookProblem,
  missedRuns: one.missedRuns ?? null,
  right: right === "change" ? "change" : "see",
});
