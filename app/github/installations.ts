import { RequestError } from "@octokit/request-error";
import type { GitHub, Installation } from "./client.ts";

/** An installation as GitHub now says it is. */
export interface InstallationState {
  installationId: string;
  ownerId: string;
  login: string;
  type: "User" | "Organization";
  suspended: boolean;
  permissions: Record<string, string>;
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

/** Reads a repository from GitHub's JSON, in webhooks and answers alike. */
export const repositoryState = (json: RepositoryJson): RepositoryState => ({
  repositoryId: String(json.id),
  ownerId: String(json.owner.id),
  fullName: json.full_name,
  private: json.private,
  defaultBranch: json.default_branch,
});

/** Whether GitHub answered with a status. */
export const hasStatus = (error: unknown, ...statuses: number[]): error is RequestError =>
  error instanceof RequestError && statuses.includes(error.status);

/** Asks GitHub for an installation; null where there is none (any more). https://docs.github.com/en/rest/apps/apps#get-an-installation-for-the-authenticated-app */
export async function getInstallation(
  github: GitHub,
  installationId: string,
): Promise<InstallationState | null> {
  try {
    const { data } = await github
      .asApp()
      .request("GET /app/installations/{installation_id}", { installation_id: Number(installationId) });
    const account = data.account as { id: number; login: string; type: string };
    return {
      installationId,
      ownerId: String(account.id),
      login: account.login,
      type: account.type === "Organization" ? "Organization" : "User",
      suspended: data.suspended_at !== null,
      permissions: data.permissions as Record<string, string>,
    };
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw error;
  }
}

/** Every repository an installation reaches, page by page. https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-app-installation */
export async function* listRepositories(
  github: GitHub,
  installation: Installation,
): AsyncGenerator<RepositoryState> {
  const octokit = await github.asWhole(installation, { metadata: "read" });
  for (let page = 1; ; page++) {
    const { data } = await octokit.request("GET /installation/repositories", { per_page: 100, page });
    for (const repository of data.repositories) yield repositoryState(repository as never);
    if (data.repositories.length < 100) return;
  }
}

/** Whether GitHub has verified an organisation's domain. https://docs.github.com/en/rest/orgs/orgs#get-an-organization */
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
