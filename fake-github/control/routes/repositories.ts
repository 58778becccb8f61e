import { z } from "zod";
import { param } from "../../context.ts";
import type { Repository } from "../../state.ts";
import type { Control } from "../control.ts";
import { type ControlRoute, route } from "../route.ts";
import { fullNameOf } from "../route-context.ts";
import { ACTIONS_POLICY, PUSH, REPOSITORY, ROLE, WORKFLOW_STATE } from "../schemas.ts";

const AT = "/repositories/:owner/:repo";

export function repositoryRoutes(control: Control): ControlRoute[] {
  const { world } = control.parts;
  const repositoryJson = (repository: Repository) => ({
    id: repository.id,
    full_name: world.fullName(repository),
    private: repository.private,
    archived: repository.archived,
    default_branch: repository.defaultBranch,
    head_sha: world.head(repository)?.sha,
    hooks: repository.hooks.map(({ id, url, events, active }) => ({ id, url, events, active })),
    check_runs: repository.checkRuns,
    issues: repository.issues,
  });
  return [
    route(
      "POST",
      "/repositories",
      "Makes a repository with files on its default branch.",
      (_, body) => repositoryJson(control.createRepository(body)),
      REPOSITORY,
    ),
    route("GET", AT, "Tells of a repository, its webhooks, check runs and issues.", (context) =>
      repositoryJson(control.repository(fullNameOf(context))),
    ),
    route(
      "PUT",
      `${AT}/files`,
      "Pushes files → {sha, before}.",
      (context, { files, branch, ...about }) => control.push(fullNameOf(context), files, branch, about),
      PUSH,
    ),
    route(
      "PUT",
      `${AT}/variables`,
      "Sets Actions variables; those not named stay.",
      (context, variables) => control.setVariables(fullNameOf(context), variables),
      z.record(z.string(), z.string()),
    ),
    route(
      "PUT",
      `${AT}/collaborators/:login`,
      "Gives a user a role; null takes it.",
      (context, { role }) => control.setRole(fullNameOf(context), param(context, "login"), role),
      z.object({ role: ROLE.nullable() }),
    ),
    route(
      "PUT",
      `${AT}/default-branch`,
      "Makes another branch the default one.",
      (context, { branch }) => control.setDefaultBranch(fullNameOf(context), branch),
      z.object({ branch: z.string() }),
    ),
    route(
      "POST",
      `${AT}/rename`,
      "Gives it another name.",
      (context, { name }) => control.renameRepository(fullNameOf(context), name),
      z.object({ name: z.string() }),
    ),
    route(
      "POST",
      `${AT}/transfer`,
      "Moves it to another owner.",
      (context, { owner }) => control.transferRepository(fullNameOf(context), owner),
      z.object({ owner: z.string() }),
    ),
    route(
      "PUT",
      `${AT}/visibility`,
      "Makes it private or public.",
      (context, body) => control.setVisibility(fullNameOf(context), body.private),
      z.object({ private: z.boolean() }),
    ),
    route(
      "PUT",
      `${AT}/archived`,
      "Archives it, or takes it out of the archive.",
      (context, { archived }) => control.setArchived(fullNameOf(context), archived),
      z.object({ archived: z.boolean() }),
    ),
    route(
      "PUT",
      `${AT}/workflow-state`,
      "Switches a workflow off; null switches it on again.",
      (context, { path, state }) => control.setWorkflowState(fullNameOf(context), path, state),
      WORKFLOW_STATE,
    ),
    route(
      "PUT",
      `${AT}/actions-policy`,
      "Lets only these actors and events start workflows; null lifts it.",
      (context, { policy }) => control.setActionsPolicy(fullNameOf(context), policy),
      ACTIONS_POLICY,
    ),
    route("DELETE", AT, "Deletes it.", (context) => control.deleteRepository(fullNameOf(context))),
    route("DELETE", `${AT}/hooks/:hook`, "Removes a webhook behind the App's back.", (context) =>
      control.deleteHook(fullNameOf(context), Number(param(context, "hook"))),
    ),
  ];
}
