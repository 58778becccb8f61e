import type { GitHub, Installation } from "./client.ts";
import { hasStatus } from "./installations.ts";

/** The id of an owner by login, or null where GitHub knows none. https://docs.github.com/en/rest/users/users#get-a-user */
export async function findOwnerId(
  github: GitHub,
  installation: Installation,
  login: string,
): Promise<string | null> {
  try {
    const octokit = await github.asWhole(installation, { metadata: "read" });
    const { data } = await octokit.request("GET /users/{username}", { username: login });
    return String((data as { id: number }).id);
  } catch (error) {
    if (hasStatus(error, 404)) return null;
    throw error;
  }
}
