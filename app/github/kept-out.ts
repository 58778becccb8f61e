import type { RequestError } from "@octokit/request-error";
import type { Repository } from "../domain/records/repository.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub, Scope } from "./client.ts";
import { hasStatus } from "./installations.ts";
import { refusalOf } from "./outage.ts";

type ArchivableTarget = Pick<Repository, "repositoryId" | "ownerId" | "installationId">;

/** GitHub's words where an organization admits no token of a user who had not signed on to it. */
const SINGLE_SIGN_ON = /\bSAML enforcement\b/i;
/** Its words where an organization, or its enterprise, admits no request from here. */
const ALLOW_LIST = /\bIP allow list\b/i;

/** GitHub's words, with 403 or 451, where it blocks a repository for its terms or a takedown notice. */
const BLOCKED = /\bRepository access blocked\b/i;

/**
 * Returns whether GitHub blocks access to a repository. It lists such a repository all the same.
 * https://github.com/ossf/allstar/issues/36
 */
export const isBlocked = (error: unknown): boolean =>
  hasStatus(error, 451) || (hasStatus(error, 403) && BLOCKED.test(error.message));

/** GitHub's words, with 403, where a change is asked for of an archived repository. */
const ARCHIVED = /\barchived so is read-only\b/i;

/** Returns whether GitHub's words say that nothing gets into a repository for anyone: it blocks it, or its owner archived it. */
export const isClosedTo = (message: string): boolean => BLOCKED.test(message) || ARCHIVED.test(message);

/**
 * Returns whether a repository is archived, so that GitHub takes no change to it and starts no workflow there. False
 * where GitHub does not show it.
 * https://docs.github.com/en/repositories/archiving-a-github-repository/archiving-repositories
 *
 * @param permissions - those of the token, so that one that is kept will do
 * @throws Refusal where the App is kept out, or GitHub cannot be asked now
 */
export async function isArchived(
  github: GitHub,
  { installationId, ownerId, repositoryId }: ArchivableTarget,
  permissions: Scope["permissions"],
): Promise<boolean> {
  if (installationId === null) return false;
  try {
    const octokit = await github.as(
      { installationId, ownerId },
      { repositoryIds: [repositoryId], permissions },
    );
    const { data } = await octokit.request("GET /repositories/{repository_id}", {
      repository_id: Number(repositoryId),
    });
    return (data as { archived?: boolean }).archived === true;
  } catch (error) {
    const known = refusalOf(error) ?? keptOut(error);
    if (known) throw known;
    if (hasStatus(error, 401, 403, 404, 422)) return false;
    throw error;
  }
}

/** Returns the refusal of a change to an archived repository. */
export const archivedRefusal = (): Refusal =>
  new Refusal(
    "conflict",
    "The repository is archived on GitHub, which takes no change to it and starts no workflow there. Its owner unarchives it under Settings → General.",
  );

/**
 * Returns the refusal for a caller where a token that has the right is kept out. GitHub does so where it blocks the
 * repository, its owner archived it, or an organization does by single sign-on or by an IP allow list. Null where an
 * error says something else. It repeats no name: the other side of a connection may know the organization by an alias
 * alone.
 * https://docs.github.com/en/enterprise-cloud@latest/apps/using-github-apps/saml-and-github-apps
 * https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/managing-allowed-ip-addresses-for-your-organization
 */
export function keptOut(error: unknown): Refusal | null {
  if (isBlocked(error)) {
    return new Refusal(
      "forbidden",
      "GitHub has blocked access to this repository, for a takedown notice or for its terms of service. Its owner reads why on the repository's page.",
    );
  }
  if (!hasStatus(error, 403)) return null;
  if (ARCHIVED.test(error.message)) return archivedRefusal();
  if (ALLOW_LIST.test(error.message)) {
    return new Refusal(
      "forbidden",
      "The organization's IP allow list lacks this Zekt's address, so that GitHub shows it nothing there. An owner adds the address in the organization's settings, under Authentication security.",
    );
  }
  if (!SINGLE_SIGN_ON.test(error.message) && signOnPage(error) === null) return null;
  return new Refusal(
    "forbidden",
    `The organization asks for single sign-on, so that GitHub shows nothing of it to this sign-in. Open ${signOnPage(error) ?? "its page /orgs/NAME/sso on GitHub"}, and then sign in to Zekt again.`,
  );
}

/**
 * Returns the ids of the organizations that GitHub left out of a user's list, by the answer's `X-GitHub-SSO`. Their
 * single sign-on does not admit the token.
 * https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#personal-access-tokens-and-saml-sso
 */
export function leftOutOf(header: unknown): string[] {
  const ids = /^partial-results; *organizations=([\d, ]{1,8000})$/.exec(String(header ?? ""))?.[1] ?? "";
  return ids
    .split(",")
    .map((id) => id.trim())
    .filter((id) => id !== "");
}

/** Returns the page where the user signs on; null where GitHub names none. */
function signOnPage({ response }: RequestError): string | null {
  const url = /^required; *url=(\S{1,2000})$/.exec(String(response?.headers["x-github-sso"] ?? ""))?.[1];
  const page = url === undefined ? null : URL.parse(url);
  // Its query is good for an hour, and not needed.
  return page?.protocol.startsWith("http") ? `${page.origin}${page.pathname}` : null;
}
