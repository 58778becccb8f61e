import { RequestError } from "@octokit/request-error";
import type { GitHub, Installation } from "./client.ts";

/** Repositories a page of GitHub's list holds; it allows no more. */
export const REPOSITORIES_PER_PAGE = 100;

/** An installation as GitHub now says it is. */
export interface InstallationState {
  installationId: string;
  ownerId: string;
  login: string;
  type: "User" | "Organization";
  suspended: boolean;
  permissions: Record<string, string>;
  /** Its page on GitHub, where its owner changes it. */
  htmlUrl: string;
}

/** A repository as GitHub now says it is. */
export interface RepositoryState {
  repositoryId: string;
  ownerId: string;
  fullName: string;
  private: boolean;
  defaultBranch: string;
}

interface RepositoryJson {
  id: number;
  full_name: string;
  private: boolean;
  default_branch: string;
  owner: { id: number };
}

/** Reads a repository from GitHub's JSON. */
const repositoryState = (json: RepositoryJson): RepositoryState => ({
  repositoryId: String(json.id),
  ownerId: String(json.owner.id),
  fullName: json.full_name,
  private: json.private,
  defaultBranch: json.default_branch,
});

/** Returns whether GitHub answered with one of these statuses. */
export const hasStatus = (error: unknown, ...statuses: number[]): error is RequestError =>
  error instanceof RequestError && statuses.includes(error.status);

interface InstallationJson {
  id: number;
  account: { id: number; login: string; type: string };
  suspended_at: string | null;
  permissions: Record<string, string>;
  html_url: string;
}

const installationState = (json: InstallationJson): InstallationState => ({
  installationId: String(json.id),
  ownerId: String(json.account.id),
  login: json.account.login,
  type: json.account.type === "Organization" ? "Organization" : "User",
  suspended: json.suspended_at !== null,
  permissions: json.permissions,
  htmlUrl: json.html_url,
});

async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw error;
  }
}

/** Asks GitHub for an installation; null where there is none (any more). https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app */
export async function getInstallation(
  github: GitHub,
  installationId: string,
): Promise<InstallationState | null> {
  const octokit = await github.asApp();
  const answer = await orNull(
    octokit.request("GET /app/installations/{installation_id}", {
      installation_id: Number(installationId),
    }),
  );
  return answer && installationState(answer.data as InstallationJson);
}

/** Asks GitHub which installation reaches a repository now; null where none does. https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app */
export async function findInstallationOf(
  github: GitHub,
  repositoryId: string,
): Promise<InstallationState | null> {
  const octokit = await github.asApp();
  const answer = await orNull(
    octokit.request("GET /repositories/{repository_id}/installation", {
      repository_id: Number(repositoryId),
    }),
  );
  return answer && installationState(answer.data as InstallationJson);
}

/** Asks GitHub for a repository; null where it is gone. https://docs.github.com/en/rest/repos/repos#get-a-repository */
export async function getRepository(
  github: GitHub,
  installation: Installation,
  repositoryId: string,
): Promise<RepositoryState | null> {
  const octokit = await github.as(installation, {
    repositoryIds: [repositoryId],
    permissions: { metadata: "read" },
  });
  const answer = await orNull(
    octokit.request("GET /repositories/{repository_id}", { repository_id: Number(repositoryId) }),
  );
  return answer && repositoryState(answer.data as RepositoryJson);
}

/** A page of the repositories an installation reaches, by 100, with how many there are. https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation */
export async function listRepositories(
  github: GitHub,
  installation: Installation,
  page: number,
): Promise<{ repositories: RepositoryState[]; total: number }> {
  const octokit = await github.asWhole(installation, { metadata: "read" });
  const { data } = await octokit.request("GET /installation/repositories", {
    per_page: REPOSITORIES_PER_PAGE,
    page,
  });
  return {
    repositories: data.repositories.map((repository) => repositoryState(repository as RepositoryJson)),
    total: data.total_count,
  };
}

/**
 * Returns whether GitHub has verified an organization's domain.
 * https://docs.github.com/en/rest/orgs/orgs#get-an-organization
 */
export async function isVerified(
  github: GitHub,
  installation: Installation,
  login: string,
): Promise<boolean> {
  try {
    const octokit = await github.asWhole(installation, { metadata: "read" });
    const { data } = await octokit.request("GET /orgs/{org}", { org: login });
    return (data as { is_verified?: boolean }).is_verified === true;
  } catch (error) {
    if (hasStatus(error, 403, 404)) return false;
    throw error;
  }
}
