import { parse } from "yaml";

/** The lock file of a repository's actions, which `gh actions-lock` writes (public preview of October 2026). */
export const LOCK_FILE = ".github/workflows/actions.lock";

/** Aliases unfolded at most, so that a file of stacked ones costs little. */
const MAX_ALIASES = 100;
/** A group of this kind has one run alone: none waits in it. */
const OWN_GROUP = /\bgithub\.run_(?:id|number)\b|\bdeliveryId\b/;
const ACTION = /^[\w.-]+\/[\w.-]+(?:\/[\w./-]+)?@\S+$/;

/** Facts of a workflow file by which GitHub may run less than it was sent. */
export interface WorkflowHazards {
  /** True where a concurrency group cancels a run that waits, or one in progress, when another comes. */
  cancelsRuns: boolean;
  /** The actions that its steps use, as `uses` names them, without those of its own repository. */
  actions: readonly string[];
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const valuesOf = (value: unknown): unknown[] => (isMap(value) ? Object.values(value) : []);

function read(text: string): unknown {
  try {
    return parse(text, { uniqueKeys: false, logLevel: "error", maxAliasCount: MAX_ALIASES });
  } catch {
    return null;
  }
}

/**
 * Reads {@link WorkflowHazards} from a workflow file; none from one that is no YAML.
 * https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
 */
export function readHazards(text: string): WorkflowHazards {
  const file = read(text);
  if (!isMap(file)) return { cancelsRuns: false, actions: [] };
  const jobs = valuesOf(file.jobs).filter(isMap);
  const steps = jobs.flatMap((job) => stepsOf(job.steps));
  const used = steps.flatMap((step) => (isMap(step) && typeof step.uses === "string" ? [step.uses] : []));
  return {
    cancelsRuns: [file, ...jobs].some(({ concurrency }) => cancels(concurrency)),
    actions: [...new Set(used.filter((one) => ACTION.test(one)))],
  };
}

/** Returns the steps of a list, and those of its groups in parallel. */
const stepsOf = (steps: unknown): unknown[] =>
  Array.isArray(steps)
    ? steps.flatMap((step) => [step, ...(isMap(step) && Array.isArray(step.parallel) ? step.parallel : [])])
    : [];

function cancels(concurrency: unknown): boolean {
  const group = isMap(concurrency) ? concurrency.group : concurrency;
  if (typeof group !== "string" || OWN_GROUP.test(group)) return false;
  return !(isMap(concurrency) && concurrency.queue === "max");
}

/**
 * Returns the actions that a lock file does not hold for a workflow. None where the file does not name the workflow:
 * GitHub then runs it unlocked. Null where the file is none that Zekt can read.
 * https://docs.github.com/en/actions/concepts/security/workflow-dependency-lockfiles
 *
 * @param lock - the text of {@link LOCK_FILE}
 */
export function unlockedActions(lock: string, path: string, actions: readonly string[]): string[] | null {
  const file = read(lock);
  if (!isMap(file) || !isMap(file.workflows)) return null;
  if (!Object.hasOwn(file.workflows, path)) return [];
  const held = file.workflows[path];
  if (!Array.isArray(held)) return null;
  // Early versions put the commit behind the version: `owner/repository@v1:sha1-…`.
  const locked = new Set(held.map((one) => nameOf(String(one).replace(/:sha\d+-[0-9a-f]+$/, ""))));
  return actions.filter((action) => !locked.has(nameOf(action)));
}

/** Returns the repository and version of an action: a lock file holds a repository once, whatever its folders. */
function nameOf(action: string): string {
  const [path = "", version = ""] = action.split("@", 2);
  return `${path.split("/").slice(0, 2).join("/").toLowerCase()}@${version}`;
}
