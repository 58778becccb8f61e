import type { Repository } from "../domain/account.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import { hasStatus } from "./installations.ts";

type Target = Pick<Repository, "repositoryId" | "ownerId" | "installationId" | "fullName">;

async function read(github: GitHub, target: Target, path: string, ref?: string): Promise<unknown> {
  if (target.installationId === null)
    throw new Refusal("forbidden", `The App is not installed on ${target.fullName}.`);
  try {
    const octokit = await github.as(
      { installationId: target.installationId, ownerId: target.ownerId },
      { repositoryIds: [target.repositoryId], permissions: { contents: "read" } },
    );
    const { data } = await octokit.request("GET /repositories/{repository_id}/contents/{path}", {
      repository_id: Number(target.repositoryId),
      path,
      ...(ref ? { ref } : {}),
    });
    return data;
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw error;
  }
}

/**
 * Reads a text file of a repository's default branch, or at a commit; null where there is none.
 * https://docs.github.com/en/rest/repos/contents#get-repository-content
 */
export async function readFile(
  github: GitHub,
  target: Target,
  path: string,
  ref?: string,
): Promise<string | null> {
  const data = (await read(github, target, path, ref)) as { content?: string } | null;
  return data?.content === undefined ? null : Buffer.from(data.content, "base64").toString("utf8");
}

/** Paths of the workflow files on a repository's default branch. */
export async function listWorkflowFiles(github: GitHub, target: Target): Promise<string[]> {
  const data = await read(github, target, ".github/workflows");
  if (!Array.isArray(data)) return [];
  return (data as { type: string; path: string }[])
    .filter(({ type, path }) => type === "file" && /\.ya?ml$/.test(path))
    .map(({ path }) => path);
}
