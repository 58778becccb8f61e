import type { WorkerDeps } from "../../deps.ts";
import { bare, givesAway } from "../../domain/catalog/alias.ts";
import { forEachConcurrently } from "../../domain/for-each-concurrently.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { type FieldError, Refusal } from "../../domain/refusal.ts";
import { findOwnerId } from "../../github/owners.ts";

/**
 * Checks that a service's workflow is whitelisted.
 *
 * @throws Refusal invalid where it is not
 */
export async function checkWorkflow(
  deps: WorkerDeps,
  repository: Repository,
  workflow: string,
): Promise<void> {
  const { workflows } = await deps.store.catalog.offerOf(repository.repositoryId);
  if (workflows.some(({ path }) => path === workflow)) return;
  throw invalidAt(
    ["workflow"],
    `${workflow} is not whitelisted in ${repository.fullName}; whitelist it first.`,
  );
}

/**
 * Checks that an alias hides its provider and is nobody else's: consumers tell providers apart by it.
 *
 * @throws Refusal invalid where it gives the provider away, or looks like a name that is taken
 */
export async function checkAlias(
  deps: WorkerDeps,
  repository: Repository,
  alias: string | null,
): Promise<void> {
  if (alias === null) return;
  if (givesAway(alias, repository.fullName)) {
    throw invalidAt(
      ["alias"],
      "The alias gives the provider away: it holds the owner's or repository's name.",
    );
  }
  const [services, accounts] = await Promise.all([
    deps.store.catalog.servicesLikeAlias(alias),
    deps.store.accounts.accountsLike(alias),
  ]);
  const others = [
    ...services.map((one) => ({ name: one.alias, ownerId: one.ownerId })),
    ...accounts.map((one) => ({ name: one.login, ownerId: one.ownerId })),
  ].filter(({ ownerId }) => ownerId !== repository.ownerId);
  const taken = [...others.map(({ name }) => name), ...reservedNames(deps)].find(
    (name) => name !== null && bare(name) === bare(alias),
  );
  if (!taken) return;
  const isSame = taken.toLowerCase() === alias.toLowerCase();
  throw invalidAt(
    ["alias"],
    `The alias ${alias} ${isSame ? "is taken" : `looks like ${taken}`}; choose another.`,
  );
}

/** The names of those whom consumers trust already. */
const reservedNames = ({ settings }: WorkerDeps): string[] => [
  "GitHub",
  settings.botLogin.replace("[bot]", ""),
];

/** Ids of owners by what names them, in lower case, so that nobody is looked up twice. */
export type KnownOwners = Map<string, string>;

/** Owners looked up at once: a file names hundreds, and a function that works on it has half a minute. */
const LOOKUPS_AT_ONCE = 16;

/** Finds the ids of owners given by login, each once, and adds those that GitHub knows to `known`. */
export async function findOwners(
  deps: WorkerDeps,
  { installationId, ownerId }: Repository,
  logins: readonly string[],
  known: KnownOwners,
): Promise<void> {
  const installation = { installationId: installationId as string, ownerId };
  const unknown = new Map(logins.map((login) => [login.toLowerCase(), login]));
  for (const name of known.keys()) unknown.delete(name);
  await forEachConcurrently(unknown, { atOnce: LOOKUPS_AT_ONCE }, async ([name, login]) => {
    const id = await findOwnerId(deps.github, installation, login);
    if (id !== null) known.set(name, id);
  });
}

/**
 * The ids of owners given by login: logins change hands, ids do not. Those in `known` are not looked
 * up; those found are added to it.
 *
 * @throws Refusal invalid that names each login GitHub does not know
 */
export async function resolveOwners(
  deps: WorkerDeps,
  repository: Repository,
  logins: readonly string[],
  known: KnownOwners = new Map(),
): Promise<string[]> {
  const ids = new Set<string>();
  const errors: FieldError[] = [];
  await findOwners(deps, repository, logins, known);
  for (const [index, login] of logins.entries()) {
    const id = known.get(login.toLowerCase());
    if (id === undefined) {
      errors.push({ pointer: `/preapprovedOwners/${index}`, detail: `GitHub knows no owner ${login}.` });
      continue;
    }
    ids.add(id);
  }
  if (errors.length > 0) {
    throw new Refusal("invalid", errors.map(({ detail }) => detail).join(" "), { errors });
  }
  return [...ids];
}
