import { isMap, isScalar, parse } from "yaml";
import { readWorkflow, textOf, type WorkflowFile } from "./workflow-file.ts";

/** The lock file of a repository's actions, which `gh actions-lock` writes (public preview of October 2026). */
export const LOCK_FILE = ".github/workflows/actions.lock";

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

/**
 * Reads {@link WorkflowHazards} from a workflow file; none from one that GitHub refuses.
 * https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
 */
export const readHazards = (text: string): WorkflowHazards =>
  readWorkflow(text, hazardsOf).value ?? { cancelsRuns: false, actions: [] };

function hazardsOf(file: WorkflowFile): WorkflowHazards {
  // What many jobs or steps share by an alias is one node, and is read once.
  const within = (nodes: ReadonlySet<unknown>, name: string): Set<unknown> =>
    new Set([...nodes].map((node) => file.at(node, name)));
  const listed = (lists: ReadonlySet<unknown>): unknown[] => [...lists].flatMap((list) => file.items(list));
  const jobs = new Set(file.entries(file.at(file.root, "jobs")).map(([, job]) => job));
  const steps = new Set(listed(within(jobs, "steps")));
  const all = new Set([...steps, ...listed(within(steps, "parallel"))]);
  const used = [...within(all, "uses")].map((uses) => String(textOf(uses)));
  const groups = within(new Set([file.root, ...jobs]), "concurrency");
  return {
    cancelsRuns: [...groups].some((concurrency) => cancels(file, concurrency)),
    actions: [...new Set(used.filter((one) => ACTION.test(one)))],
  };
}

function cancels(file: WorkflowFile, concurrency: unknown): boolean {
  const group = isMap(concurrency) ? file.at(concurrency, "group") : concurrency;
  // GitHub takes a number for its text.
  const isShared = isScalar(group) && group.value !== null && !OWN_GROUP.test(String(group.value));
  return isShared && textOf(file.at(concurrency, "queue")) !== "max";
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a lock file, which is written without aliases; null where it is no YAML. */
function readLock(text: string): unknown {
  try {
    return parse(text, { uniqueKeys: false, logLevel: "error", maxAliasCount: 0 });
  } catch {
    return null;
  }
}

/**
 * Returns the actions that a lock file does not hold for a workflow. None where the file does not name the workflow:
 * GitHub then runs it unlocked. Null where the file is none that Zekt can read.
 * https://docs.github.com/en/actions/concepts/security/workflow-dependency-lockfiles
 *
 * @param lock - the text of {@link LOCK_FILE}
 */
export function unlockedActions(lock: string, path: string, actions: readonly string[]): string[] | null {
  const file = readLock(lock);
  if (!isRecord(file) || !isRecord(file.workflows)) return null;
  if (!Object.hasOwn(file.workflows, path)) return [];
  const held = file.workflows[path];
  if (!Array.isArray(held)) return null;
  // Early versions put the commit behind the version: `owner/repository@v1:sha1-…`.
  const locked = new Set(held.map((one) => nameOf(String(one).replace(/:sha\d+-[0-9a-f]+$/, ""))));
  return actions.filter((action) => !locked.has(nameOf(action)));
}

/** Returns the repository and version of an action: a lock file holds a repository once, whatever its folders. */
function nameOf(action: string): string {
  // A version may hold an @, as tags of one among many packages do: package@1.0.0.
  const [path, ...version] = action.split("@") as [string, ...string[]];
  return `${path.split("/").slice(0, 2).join("/").toLowerCase()}@${version.join("@")}`;
}
