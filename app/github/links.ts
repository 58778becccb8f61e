import type { Account } from "../domain/records/account.ts";
import type { Repository } from "../domain/records/repository.ts";
import { installPage } from "./pages.ts";

/** Pages of GitHub to send people to, where something can be seen or mended. */
export class GitHubLinks {
  /** `https://github.com`, or `https://HOST`. */
  readonly url: string;
  readonly #appUrl: string;

  constructor(webUrl: string, appUrl: string) {
    this.url = webUrl;
    this.#appUrl = appUrl;
  }

  /** Where the App is installed on an account, or on more of its repositories. */
  get install(): string {
    return installPage({ appUrl: this.#appUrl });
  }

  /**
   * Where an installation's repositories are chosen, its permissions accepted and its suspension ended;
   * where there is none yet, where it is made.
   */
  installation({ login, type, installationId }: Pick<Account, "login" | "type" | "installationId">): string {
    if (installationId === null) return this.install;
    const owner = type === "Organization" ? `/organizations/${login}` : "";
    return `${this.url}${owner}/settings/installations/${installationId}`;
  }

  repository({ fullName }: Pick<Repository, "fullName">): string {
    return `${this.url}/${fullName}`;
  }

  /** A repository's settings, where it is unarchived. */
  settings({ fullName }: Pick<Repository, "fullName">): string {
    return `${this.url}/${fullName}/settings`;
  }

  /** A file on the default branch. */
  file({ fullName, defaultBranch }: Pick<Repository, "fullName" | "defaultBranch">, path: string): string {
    return `${this.url}/${fullName}/blob/${encodeURIComponent(defaultBranch)}/${path}`;
  }

  /** A new file on the default branch, filled in and ready to be committed. */
  newFile(
    { fullName, defaultBranch }: Pick<Repository, "fullName" | "defaultBranch">,
    { path, text }: { path: string; text: string },
  ): string {
    const query = `filename=${encodeURIComponent(path)}&value=${encodeURIComponent(text)}`;
    return `${this.url}/${fullName}/new/${encodeURIComponent(defaultBranch)}?${query}`;
  }

  /** A workflow's page, where it is enabled and its runs are. */
  workflow({ fullName }: Pick<Repository, "fullName">, path: string): string {
    return `${this.url}/${fullName}/actions/workflows/${encodeURIComponent(path.split("/").at(-1) ?? "")}`;
  }

  run({ fullName }: Pick<Repository, "fullName">, runId: string): string {
    return `${this.url}/${fullName}/actions/runs/${runId}`;
  }
}
