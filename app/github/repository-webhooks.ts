import type { Octokit } from "@octokit/core";
import type { Repository } from "../domain/account.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import { hasStatus } from "./installations.ts";

/** What a webhook of ours looks like. */
export interface HookSettings {
  url: string;
  secret: string;
}

const configOf = ({ url, secret }: HookSettings) => ({
  url,
  secret,
  content_type: "json",
  insecure_ssl: "0",
});

/** The repository to act on, and the installation to act by. */
type Target = Pick<Repository, "repositoryId" | "ownerId" | "installationId" | "fullName">;

/** Speaks for one repository's webhooks and nothing else. */
async function hooksOf(
  github: GitHub,
  { repositoryId, ownerId, installationId, fullName }: Target,
): Promise<Octokit> {
  if (installationId === null) {
    throw new Refusal("forbidden", `The App is not installed on ${fullName}; install it there first.`);
  }
  try {
    return await github.as(
      { installationId, ownerId },
      { repositoryIds: [repositoryId], permissions: { repository_hooks: "write" } },
    );
  } catch (error) {
    throw explain(error, fullName);
  }
}

/** Says what GitHub's refusal means for whoever can mend it. */
function explain(error: unknown, fullName: string): unknown {
  if (!hasStatus(error, 403, 404, 410, 422)) return error;
  const details = (error.response?.data as { errors?: { message?: string }[] } | undefined)?.errors ?? [];
  const said = [error.message, ...details.map(({ message }) => message ?? "")].join(" ");
  if (/cannot have more than 20 hooks/i.test(said)) {
    return new Refusal(
      "conflict",
      `${fullName} has 20 webhooks for workflow runs already, as many as GitHub allows; remove one under Settings → Webhooks.`,
      { cause: error },
    );
  }
  if (/suspended/i.test(said)) {
    return new Refusal("forbidden", "The App's installation is suspended; its owner can lift that.", {
      cause: error,
    });
  }
  if (/not accessible by integration|permissions requested are not granted/i.test(said)) {
    return new Refusal(
      "forbidden",
      `The App lacks the "Webhooks" permission (read and write) on ${fullName}; its owner can accept it on the installation's page.`,
      { cause: error },
    );
  }
  return new Refusal("not-found", `GitHub does not let the App reach ${fullName}: ${error.message}`, {
    cause: error,
  });
}

/**
 * Places our webhook in a repository, or mends the one that is there; returns its id. Safe to repeat.
 * https://docs.github.com/en/rest/repos/webhooks#create-a-repository-webhook
 *
 * @throws Refusal where a permission is missing, 20 webhooks are there already, or the repository is out of reach
 */
export async function placeHook(github: GitHub, target: Target, settings: HookSettings): Promise<string> {
  const octokit = await hooksOf(github, target);
  const repository_id = Number(target.repositoryId);
  try {
    const standing = await findHook(octokit, repository_id, settings.url);
    const body = { active: true, events: ["workflow_run"], config: configOf(settings) };
    if (standing !== null) {
      await octokit.request("PATCH /repositories/{repository_id}/hooks/{hook_id}", {
        repository_id,
        hook_id: standing,
        ...body,
      });
      await octokit.request("POST /repositories/{repository_id}/hooks/{hook_id}/pings", {
        repository_id,
        hook_id: standing,
      });
      return String(standing);
    }
    const { data } = await octokit.request("POST /repositories/{repository_id}/hooks", {
      repository_id,
      name: "web",
      ...body,
    });
    return String((data as { id: number }).id);
  } catch (error) {
    throw explain(error, target.fullName);
  }
}

async function findHook(octokit: Octokit, repository_id: number, url: string): Promise<number | null> {
  for (let page = 1; ; page++) {
    const { data } = await octokit.request("GET /repositories/{repository_id}/hooks", {
      repository_id,
      per_page: 100,
      page,
    });
    const hooks = data as { id: number; config: { url?: string } }[];
    const found = hooks.find(({ config }) => config.url === url);
    if (found) return found.id;
    if (hooks.length < 100) return null;
  }
}

/** Removes our webhook; one that is gone already is no error. */
export async function removeHook(github: GitHub, target: Target, hookId: string): Promise<void> {
  const octokit = await hooksOf(github, target);
  try {
    await octokit.request("DELETE /repositories/{repository_id}/hooks/{hook_id}", {
      repository_id: Number(target.repositoryId),
      hook_id: Number(hookId),
    });
  } catch (error) {
    if (!hasStatus(error, 404)) throw explain(error, target.fullName);
  }
}
