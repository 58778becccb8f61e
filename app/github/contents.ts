import type { Octokit } from "@octokit/core";
import type { Repository } from "../domain/records/repository.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import { hasStatus } from "./installations.ts";
import { keptOut } from "./kept-out.ts";

type Target = Pick<Repository, "repositoryId" | "ownerId" | "installationId" | "fullName">;

/** A file or a folder's entry, as GitHub's contents API has it. */
interface Entry {
  type: string;
  path: string;
  sha: string;
  encoding?: string;
  content?: string;
}

/** Explains GitHub's refusal to read a file to the person who can fix it; passes a temporary limit on. */
function explain(error: unknown, { fullName }: Target): unknown {
  const keeping = keptOut(error);
  if (keeping) return keeping;
  if (!hasStatus(error, 403, 404, 422) || /rate limit/i.test(error.message)) return error;
  return new Refusal(
    "forbidden",
    `The App may not read the files of ${fullName}; its owner can fix that on the installation's page (repository access, and the "Contents" permission).`,
    { cause: error },
  );
}

/** A client that may read this repository's files. That it is refused says nothing of whether there is such a file. */
async function readerOf(github: GitHub, target: Target): Promise<Octokit> {
  const { installationId, ownerId, repositoryId, fullName } = target;
  if (installationId === null) {
    throw new Refusal("forbidden", `The App is not installed on ${fullName}; install it there first.`);
  }
  try {
    return await github.as(
      { installationId, ownerId },
      { repositoryIds: [repositoryId], permissions: { contents: "read" } },
    );
  } catch (error) {
    throw explain(error, target);
  }
}

/** GitHub's words for a commit that it does not have, or does not know of yet. */
const NO_COMMIT = /No commit found for the ref/i;

/** Asks for what a path holds; null where there is nothing, `no-commit` where there is no such commit or branch. */
async function read(
  github: GitHub,
  target: Target,
  path: string,
  ref?: string,
): Promise<Entry | Entry[] | "no-commit" | null> {
  const octokit = await readerOf(github, target);
  try {
    const { data } = await octokit.request("GET /repositories/{repository_id}/contents/{path}", {
      repository_id: Number(target.repositoryId),
      path,
      ...(ref === undefined ? {} : { ref }),
    });
    return data as Entry | Entry[];
  } catch (error) {
    if (hasStatus(error, 404)) return NO_COMMIT.test(error.message) ? "no-commit" : null;
    throw explain(error, target);
  }
}

/**
 * Reads a text file of a repository's default branch, or at a commit; null where there is none.
 * https://docs.github.com/en/rest/repos/contents#get-repository-content
 *
 * @throws Refusal where the App may not read there, or the file is too large for GitHub to hand over so (1 MB)
 */
export async function readFile(
  github: GitHub,
  target: Target,
  path: string,
  ref?: string,
): Promise<string | null> {
  const entry = await read(github, target, path, ref);
  return entry === "no-commit" ? null : textOf(entry, path, target);
}

/**
 * Reads a text file at a commit; null where there is none, `no-commit` where GitHub does not know the commit, or not
 * yet. The webhook of a push comes seconds before each of GitHub's servers knows of it.
 *
 * @throws Refusal as {@link readFile} does
 */
export async function readFileAt(
  github: GitHub,
  target: Target,
  path: string,
  sha: string,
): Promise<{ text: string | null } | "no-commit"> {
  const entry = await read(github, target, path, sha);
  return entry === "no-commit" ? entry : { text: textOf(entry, path, target) };
}

function textOf(entry: Entry | Entry[] | null, path: string, { fullName }: Target): string | null {
  if (entry === null || Array.isArray(entry) || entry.type !== "file") return null;
  if (entry.encoding !== "base64" || entry.content === undefined) {
    throw new Refusal("too-large", `${path} in ${fullName} is larger than 1 MB.`);
  }
  return Buffer.from(entry.content, "base64").toString("utf8");
}

/**
 * The workflow files on a repository's default branch, or at a commit, each with the hash of what it holds.
 *
 * @throws Refusal where the App may not read there
 */
export async function workflowFiles(
  github: GitHub,
  target: Target,
  ref?: string,
): Promise<{ path: string; sha: string }[]> {
  const entries = await read(github, target, ".github/workflows", ref);
  if (!Array.isArray(entries)) return [];
  return entries
    .filter(({ type, path }) => type === "file" && /\.ya?ml$/.test(path))
    .map(({ path, sha }) => ({ path, sha }));
}

/**
 * Paths of the workflow files on a repository's default branch.
 *
 * @throws Refusal where the App may not read there
 */
export async function listWorkflowFiles(github: GitHub, target: Target): Promise<string[]> {
  return (await workflowFiles(github, target)).map(({ path }) => path);
}
