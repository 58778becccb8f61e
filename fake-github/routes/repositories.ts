import type { Hono } from "hono";
import { actorId } from "../auth.ts";
import { type Env, type GitHubParts, onRepository, param } from "../context.ts";
import { forbidden, notFound } from "../errors.ts";
import { paged } from "../paging.ts";
import { accountJson } from "../payloads/account.ts";
import { fullRepositoryJson, rightsJson } from "../payloads/repository.ts";
import type { Account } from "../state.ts";

/** A repository itself, and who may do what to it. */
export function repositoryRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world } = parts;
  onRepository(app, parts, "get", "", ["metadata", "read"], (context, repository) => {
    const caller = context.get("caller");
    const answer = fullRepositoryJson(world, repository);
    if (caller.kind !== "user") return context.json(answer);
    const role = world.role(caller.userId, repository);
    return context.json({ ...answer, permissions: rightsJson(role) });
  });
  onRepository(app, parts, "get", "/collaborators", ["metadata", "read"], (context, repository) => {
    actorId(context.get("caller"));
    const people = [...repository.collaborators].map(([id, role]) => ({
      ...accountJson(world, world.accounts.get(id) as Account),
      permissions: rightsJson(role),
      role_name: role,
    }));
    return context.json(paged(context, people));
  });
  // https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
  onRepository(
    app,
    parts,
    "get",
    "/collaborators/:login/permission",
    ["metadata", "read"],
    (context, repository) => {
      const caller = context.get("caller");
      const asked = world.account(param(context, "login"));
      if (caller.kind === "user" && world.grantedRole(caller.userId, repository) === null) {
        throw forbidden("Must have push access to view collaborator permission.");
      }
      actorId(caller);
      if (!asked) throw notFound();
      const role = world.role(asked.id, repository);
      const permission = role === "maintain" ? "write" : role === "triage" ? "read" : (role ?? "none");
      return context.json({
        permission,
        role_name: role ?? "none",
        user: {
          ...accountJson(world, asked),
          permissions: rightsJson(role),
          role_name: role ?? "none",
        },
      });
    },
  );
}
