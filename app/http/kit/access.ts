import type { MiddlewareHandler } from "hono";
import type { ApiDeps } from "../../deps.ts";
import { Refusal } from "../../domain/refusal.ts";
import type { Right } from "../../github/repository-right.ts";
import { ADMINISTRATOR } from "../../store/fact-kinds.ts";
import type { Ctx, Env } from "./env.ts";

/**
 * The callers that a route admits: a workflow step with its OIDC token; any signed-in user, who sees what is public
 * or their own. Others are a user with a right on the repositories concerned, an administrator of the owner
 * concerned, and an operator of the deployment.
 */
export type Access =
  | { by: "step" }
  | { by: "user" }
  | {
      by: "user";
      right: Exclude<Right, "none">;
      /** Ids of the repositories concerned: the right on any one of them is enough. Empty: there is no such thing. */
      repositories(deps: ApiDeps, context: Ctx): Promise<string[]> | string[];
    }
  | { by: "user"; right: "administer"; owner(context: Ctx): string }
  | { by: "user"; right: "operate" };

/** Returns the same refusal for what does not exist and what the user may not see, so that the answer tells nothing. */
export const notFound = (): Refusal => new Refusal("not-found", "Not found, or you don't have access.");

/** Admits a call that has the right its route asks for, and records which owner it is counted for. */
export const authorize =
  (deps: ApiDeps, access: Access): MiddlewareHandler<Env> =>
  async (context, next) => {
    const ownerId = await checkRight(deps, access, context);
    if (ownerId !== null) context.set("ownerId", ownerId);
    await next();
  };

/** Checks the right and answers whose call it is, where that is an owner known here. */
async function checkRight(deps: ApiDeps, access: Access, context: Ctx): Promise<string | null> {
  if (access.by === "step") return await ownerOf(deps, context.get("identity").repositoryId);
  if (!("right" in access)) return null;
  if (access.right === "operate") return checkOperates(deps, context);
  if (access.right === "administer") return await checkAdministers(deps, context, access.owner(context));
  return await ownerOf(deps, await checkRepositories(deps, context, access));
}

/** Admits an operator, whose calls are counted for no owner. */
function checkOperates(deps: ApiDeps, context: Ctx): null {
  const { userId } = context.get("user");
  if (deps.operators.has(userId)) return null;
  throw notFound();
}

async function checkRepositories(
  deps: ApiDeps,
  context: Ctx,
  access: Extract<Access, { repositories: unknown }>,
): Promise<string> {
  const { token } = context.get("user");
  const repositoryIds = await access.repositories(deps, context);
  const rights = await Promise.all(repositoryIds.map((id) => deps.users.rightOn(token, id)));
  const concerned = repositoryIds.find((_, index) => rights[index] !== "none");
  if (concerned === undefined) throw (await whyKeptOut(deps, token, repositoryIds)) ?? notFound();
  if (access.right === "change" && !rights.includes("change")) {
    throw new Refusal("forbidden", "Changing this needs the maintain or admin role on the repository.");
  }
  return concerned;
}

/** Returns why GitHub shows a user nothing of repositories that they have a right on; null where that is not it. */
async function whyKeptOut(
  deps: ApiDeps,
  token: string,
  repositoryIds: readonly string[],
): Promise<Refusal | null> {
  const reasons = await Promise.all(repositoryIds.map((id) => deps.users.whyKeptOut(token, id)));
  return reasons.find((reason) => reason !== null) ?? null;
}

async function checkAdministers(deps: ApiDeps, context: Ctx, ownerId: string): Promise<string> {
  const account = await deps.store.accounts.getAccount(ownerId);
  const { token, ...user } = context.get("user");
  if (!account) throw notFound();
  const { facts } = deps.store;
  const administrator = ADMINISTRATOR.of({ ownerId, userId: user.userId });
  const { said: administers, keptOut } = await deps.users.administers(token, user, account);
  if (administers) {
    await facts.set(administrator, {});
    return ownerId;
  }
  const wasLately = (await facts.get(administrator)) !== null;
  if (wasLately && account.installation === "none") return ownerId;
  // Who is one no more is none after the App is gone either.
  if (wasLately && administers === false && account.installation === "active")
    await facts.remove(administrator);
  throw keptOut ?? notFound();
}

async function ownerOf(deps: ApiDeps, repositoryId: string): Promise<string | null> {
  return (await deps.store.accounts.getRepository(repositoryId))?.ownerId ?? null;
}
