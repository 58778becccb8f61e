import type { Octokit } from "@octokit/core";
import type { Repository } from "../domain/records/repository.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import { createOnce } from "./create-once.ts";
import { explainHookError, isAlreadyThere } from "./hook-refusal.ts";
import { hasStatus } from "./installations.ts";

/** The wanted settings of Zekt's webhook, and the id by which it was last known. */
export interface WantedHook {
  url: string;
  secret: string;
  hookId: string | null;
}

/** The state that our webhook was found in: as it was placed, changed by somebody, or gone. */
type FoundHook = "as-placed" | "changed" | "missing";

/** The repository to act on, and the installation to act by. */
export type HookTarget = Pick<Repository, "repositoryId" | "ownerId" | "installationId" | "fullName">;

interface HookJson {
  id: number;
  active: boolean;
  events: string[];
  config: { url?: string; content_type?: string };
}

const EVENTS = ["workflow_run"];
const CONTENT_TYPE = "json";
const HOOKS = "/repositories/{repository_id}/hooks";
const HOOK = `${HOOKS}/{hook_id}` as const;

/**
 * Speaks for one repository's webhooks and nothing else.
 *
 * @throws Refusal that says what is in the way, whatever it is
 */
export async function hookRequest<T>(
  github: GitHub,
  target: HookTarget,
  ask: (octokit: Octokit, repository: { repository_id: number }) => Promise<T>,
): Promise<T> {
  const { repositoryId, ownerId, installationId, fullName } = target;
  if (installationId === null) {
    throw new Refusal("forbidden", `The App is not installed on ${fullName}; install it there first.`);
  }
  try {
    const octokit = await github.as(
      { installationId, ownerId },
      { repositoryIds: [repositoryId], permissions: { repository_hooks: "write" } },
    );
    return await ask(octokit, { repository_id: Number(repositoryId) });
  } catch (error) {
    throw await explainHookError(github, error, target);
  }
}

/**
 * Places our webhook in a repository, or mends the one that is there and has it pinged; returns its
 * id. Safe to repeat: there is never more than one of ours afterwards. GitHub pings a new one by itself,
 * perhaps before it tells its id. Waits for `before`, which is told how ours was found, before one is made or mended.
 * https://docs.github.com/en/rest/repos/webhooks
 *
 * @throws Refusal where a permission is missing, 20 webhooks are there already, the repository is out
 * of reach, or GitHub is
 */
export async function createOrUpdateHook(
  github: GitHub,
  target: HookTarget,
  wanted: WantedHook,
  before: (found: FoundHook) => Promise<void>,
): Promise<string> {
  return await hookRequest(github, target, async (octokit, repository) => {
    const [standing, ...more] = await findOurs(octokit, repository, wanted);
    for (const hook of more) await removeOne(octokit, repository, hook.id);
    await before(
      standing === undefined ? "missing" : isWhole(standing, wanted.url) ? "as-placed" : "changed",
    );
    if (standing) return await repairHook(octokit, repository, standing.id, wanted);
    try {
      const create = async (): Promise<HookJson> =>
        (await octokit.request(`POST ${HOOKS}`, { ...repository, name: "web", ...bodyOf(wanted) }))
          .data as HookJson;
      const find = async () => (await findOurs(octokit, repository, wanted))[0] ?? null;
      return String((await createOnce(github, create, find)).id);
    } catch (error) {
      // Somebody else placed it between our looking and our asking.
      const [placed] = isAlreadyThere(error) ? await findOurs(octokit, repository, wanted) : [];
      if (!placed) throw error;
      return await repairHook(octokit, repository, placed.id, wanted);
    }
  });
}

/**
 * Returns whether our webhook is in a repository as we placed it; GitHub does not reveal its present secret.
 *
 * @throws Refusal as {@link hookRequest} does
 */
export async function isAsPlaced(
  github: GitHub,
  target: HookTarget,
  ours: { url: string; hookId: string },
): Promise<boolean> {
  return await hookRequest(github, target, async (octokit, repository) => {
    try {
      const { data } = await octokit.request(`GET ${HOOK}`, { ...repository, hook_id: ours.hookId });
      return isWhole(data as HookJson, ours.url);
    } catch (error) {
      if (hasStatus(error, 404)) return false;
      throw error;
    }
  });
}

/** Returns whether a webhook tells us of runs, under this address. */
function isWhole({ active, events, config }: HookJson, url: string): boolean {
  const heard = active && EVENTS.every((event) => events.includes(event));
  return heard && config.url === url && config.content_type === CONTENT_TYPE;
}

/** Removes our webhook from a repository; one that is gone already is no error. */
export async function deleteHook(
  github: GitHub,
  target: HookTarget,
  ours: Pick<WantedHook, "url" | "hookId">,
): Promise<void> {
  await hookRequest(github, target, async (octokit, repository) => {
    for (const { id } of await findOurs(octokit, repository, ours)) await removeOne(octokit, repository, id);
  });
}

const bodyOf = ({ url, secret }: WantedHook) => ({
  active: true,
  events: EVENTS,
  config: { url, secret, content_type: CONTENT_TYPE, insecure_ssl: "0" },
});

async function repairHook(
  octokit: Octokit,
  repository: { repository_id: number },
  hook_id: number,
  wanted: WantedHook,
): Promise<string> {
  await octokit.request(`PATCH ${HOOK}`, { ...repository, hook_id, ...bodyOf(wanted) });
  await octokit.request(`POST ${HOOK}/pings`, { ...repository, hook_id });
  return String(hook_id);
}

async function removeOne(
  octokit: Octokit,
  repository: { repository_id: number },
  hook_id: number,
): Promise<void> {
  try {
    await octokit.request(`DELETE ${HOOK}`, { ...repository, hook_id });
  } catch (error) {
    if (!hasStatus(error, 404)) throw error;
  }
}

/** Ours are those under our address, and the one known by id, whose address may have been another then. */
async function findOurs(
  octokit: Octokit,
  repository: { repository_id: number },
  { url, hookId }: Pick<WantedHook, "url" | "hookId">,
): Promise<HookJson[]> {
  const ours: HookJson[] = [];
  for (let page = 1; ; page++) {
    const { data } = await octokit.request(`GET ${HOOKS}`, { ...repository, per_page: 100, page });
    const hooks = data as HookJson[];
    ours.push(...hooks.filter(({ id, config }) => config.url === url || String(id) === hookId));
    if (hooks.length < 100) return ours;
  }
}
