import type { GitHub, Installation } from "./client.ts";
import { hasStatus } from "./installations.ts";
import { keptOut } from "./kept-out.ts";
import { refusalOf } from "./outage.ts";

/** A user's right on a repository in Zekt. Reading a public repository is no right. */
export type Right = "none" | "see" | "change";

/** GitHub's permissions of a user's role. https://docs.github.com/en/rest/repos/repos#get-a-repository */
export type Permissions = Partial<Record<"admin" | "maintain" | "push" | "triage" | "pull", boolean>>;

/** Returns the right that a role gives: triage or push to see, maintain or admin to change. */
export const rightOf = (permissions: Permissions): Right => {
  if (permissions.admin || permissions.maintain) return "change";
  return permissions.push || permissions.triage ? "see" : "none";
};

/**
 * Asks GitHub for the right of a user, by their login, on a repository. There is none where it knows no such
 * user, or does not let the App ask. `permission` calls maintainers writers, so the user's permissions decide.
 * https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
 *
 * @throws Refusal unavailable or limited where GitHub does not answer, forbidden where an organization keeps Zekt out
 */
export async function findRight(
  github: GitHub,
  installation: Installation,
  repositoryId: string,
  login: string,
): Promise<Right> {
  try {
    const octokit = await github.as(installation, {
      repositoryIds: [repositoryId],
      permissions: { metadata: "read" },
    });
    const { data } = await octokit.request(
      "GET /repositories/{repository_id}/collaborators/{username}/permission",
      { repository_id: Number(repositoryId), username: login },
    );
    return rightOf((data as { user?: { permissions?: Permissions } }).user?.permissions ?? {});
  } catch (error) {
    const known = refusalOf(error) ?? keptOut(error);
    if (known) throw known;
    if (hasStatus(error, 403, 404, 422, 451)) return "none";
    throw error;
  }
}
