import { CommandError, EXIT } from "../exit.ts";
import { type Client, listOf } from "./client.ts";
import type { Repository } from "./types.ts";

/**
 * Returns the repository that a name (`owner/name`) or an id stands for.
 *
 * @throws CommandError where the user has no role on such a repository, or the App is not installed there
 */
export async function findRepository(client: Client, name: string): Promise<Repository> {
  if (/^\d+$/.test(name)) return await client.call("GET", `/repositories/${name}`);
  const wanted = name.toLowerCase();
  // GitHub's names have no more than 140 characters; the API's filter takes 200.
  const text = wanted.slice(0, 200);
  const found = await listOf<Repository>(client, "/repositories", { text });
  const [repository] = found.filter(({ fullName }) => fullName.toLowerCase() === wanted);
  if (repository) return repository;
  throw new CommandError(
    EXIT.refused,
    `${name} is not found: the App is not installed there, or you have no role on it.`,
  );
}
