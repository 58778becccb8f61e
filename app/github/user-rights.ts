import type { Octokit } from "@octokit/core";
import { forEachConcurrently } from "../domain/for-each-concurrently.ts";
import { hasStatus } from "./installations.ts";
import { isThrottled } from "./outage.ts";
import { type Permissions, type Right, rightOf } from "./repository-right.ts";

const PER_PAGE = 100;
/** Pages asked for at once. GitHub takes up to a second for each, and some users have a hundred. */
const AT_ONCE = 8;

/** A page of the repositories that a user sees of an installation. */
interface Page {
  installationId: string;
  page: number;
  /** The last page that GitHub spoke of; there may be more by now. */
  last: number;
}

/** The repositories that a user has a right on, and what it took to know them. */
export interface UserRights {
  /** The right on each repository, by its id. */
  rights: ReadonlyMap<string, Right>;
  /** The number of requests, which count against the user's own limit. */
  requests: number;
}

/**
 * Reads the repositories that installations reach and a user has a right on. GitHub is asked as the user, for some
 * pages at once. An installation that was suspended or ended meanwhile shows nothing.
 * https://docs.github.com/en/rest/apps/installations#list-repositories-accessible-to-the-user-access-token
 *
 * @throws RequestError where GitHub refuses
 */
export async function readRights(octokit: Octokit, installationIds: readonly string[]): Promise<UserRights> {
  const rights = new Map<string, Right>();
  let requests = 0;
  let pages: Page[] = installationIds.map((installationId) => ({ installationId, page: 1, last: 1 }));
  while (pages.length > 0) {
    const further: Page[] = [];
    await forEachConcurrently(pages, { atOnce: AT_ONCE }, async (page) => {
      requests += 1;
      const { repositories, total } = await readPage(octokit, page);
      for (const { id, permissions } of repositories) {
        const right = rightOf((permissions ?? {}) as Permissions);
        if (right !== "none") rights.set(String(id), right);
      }
      further.push(...pagesAfter(page, repositories.length, total));
    });
    pages = further;
  }
  return { rights, requests };
}

async function readPage(octokit: Octokit, { installationId, page }: Page) {
  try {
    const { data } = await octokit.request("GET /user/installations/{installation_id}/repositories", {
      installation_id: Number(installationId),
      per_page: PER_PAGE,
      page,
    });
    return { repositories: data.repositories, total: data.total_count };
  } catch (error) {
    if (hasStatus(error, 403, 404) && !isThrottled(error)) return { repositories: [], total: 0 };
    throw error;
  }
}

/** Returns the pages to ask for after one: the first tells how many there are, and a last one that is full of a next. */
function pagesAfter({ installationId, page, last }: Page, listed: number, total: number): Page[] {
  if (listed < PER_PAGE) return [];
  const known = page === 1 ? Math.ceil(total / PER_PAGE) : last;
  if (page >= known) return [{ installationId, page: page + 1, last: page + 1 }];
  return page > 1
    ? []
    : Array.from({ length: known - 1 }, (_, n) => ({ installationId, page: n + 2, last: known }));
}
