import type { Caller } from "../auth.ts";
import type { Ctx } from "../context.ts";
import { GitHubError } from "../errors.ts";
import type { App } from "../state.ts";

/** The App that calls as itself. */
export function appOf(context: Ctx): App {
  const caller = context.get("caller");
  if (caller.kind !== "app") throw new GitHubError(401, "A JSON web token could not be decoded");
  return caller.app;
}

/** The user who calls, and through which App. */
export function userOf(context: Ctx): Extract<Caller, { kind: "user" }> {
  const caller = context.get("caller");
  if (caller.kind === "user") return caller;
  throw caller.kind === "nobody"
    ? new GitHubError(401, "Requires authentication")
    : new GitHubError(403, "Resource not accessible by integration");
}
