import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { DEFAULT_ACTIONS } from "../../app/domain/catalog/example-workflow.ts";
import { parseZektFile } from "../../app/domain/zekt-yml/read-zekt-file.ts";
import { problemsWithin } from "../../app/domain/zekt-yml/zekt-file-rules.ts";
import { readWorkflow } from "../../fake-github/runner/read-workflow.ts";
import { ROOT } from "./documents.ts";

/** The default of `ZEKT_ACTIONS`: the repository and the version of the actions that documents name. */
const [REPOSITORY = "", VERSION = ""] = DEFAULT_ACTIONS.split("@");
/** The one action of another's that examples use. */
const CHECKOUT = "actions/checkout@v5";

interface Step {
  id?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Level {
  permissions?: Record<string, string>;
  env?: Record<string, string>;
}
interface Workflow extends Level {
  jobs: Record<string, Level & { steps: Step[] }>;
}
type Action = Record<"inputs" | "outputs", Record<string, object>>;

const readAction = (folder: string): Action => parse(readFileSync(`${ROOT}${folder}/action.yml`, "utf8"));

/** A release by its commit, with the version behind it: `<sha>` stands for one in prose. */
const PINNED = /^(?:[0-9a-f]{40}|<sha>) # v\d+\.\d+\.\d+$/;

/**
 * Returns the folder of one of Zekt's actions, as `uses` or prose names it. Null where the action is another's, or
 * its version is neither the default of `ZEKT_ACTIONS` nor a commit.
 */
function folderOf(uses: string): string | null {
  const [path = "", version = ""] = uses.split("@");
  const isOurs = path === REPOSITORY || path.startsWith(`${REPOSITORY}/action/`);
  const isTold = version === VERSION || PINNED.test(version) || /^[0-9a-f]{40}$/.test(version);
  return isOurs && isTold ? path.slice(REPOSITORY.length + 1) || "." : null;
}

/** Returns the mentions of Zekt's actions in a text that `ZEKT_ACTIONS` by default would not make. */
export const staleActions = (text: string): string[] =>
  [...text.matchAll(/[\w.-]+\/zekt-action[\w./-]*@[\w<>./-]+(?: # [\w.-]+)?/g)]
    .map(([mention]) => mention)
    .filter((mention) => folderOf(mention) === null);

/** Returns the faults in a workflow's use of Zekt's actions: inputs, outputs, permission, and where Zekt answers. */
function checkActions(text: string, { permissions, env, jobs }: Workflow): string[] {
  return Object.values(jobs).flatMap((job) =>
    job.steps.flatMap(({ id, uses, with: given = {} }) => {
      if (uses === undefined || uses === CHECKOUT) return [];
      const folder = folderOf(uses);
      if (folder === null) return [`nobody checks ${uses}`];
      const { inputs, outputs } = readAction(folder);
      const read = [...text.matchAll(/steps\.(\w+)\.outputs\.([\w-]+)/g)].filter(([, of]) => of === id);
      // What calls Zekt proves by a token which run it is, and is told where Zekt answers.
      const callsZekt = "zekt-api-url" in inputs;
      const isTold = "zekt-api-url" in given || "ZEKT_API_URL" in { ...env, ...job.env };
      return [
        ...Object.keys(given)
          .filter((name) => !(name in inputs))
          .map((name) => `${uses} has no input ${name}`),
        ...read.filter(([, , name = ""]) => !(name in outputs)).map(([said]) => `there is no ${said}`),
        ...(!callsZekt || isTold ? [] : [`${uses} is not told where Zekt answers`]),
        ...(!callsZekt || (job.permissions ?? permissions)?.["id-token"] === "write"
          ? []
          : [`${uses} needs id-token: write`]),
      ];
    }),
  );
}

/** An expression of what somebody else wrote: GitHub puts its text into the script itself. */
const FOREIGN = /\$\{\{[^}]*\b(?:github\.event|inputs|outputs)\b[^}]*\}\}/g;

/** Returns the expressions in a workflow's scripts whose text could end the script's own. */
export const foreignExpressions = (workflow: string): string[] =>
  Object.values((parse(workflow) as Workflow).jobs)
    .flatMap(({ steps }) => steps)
    .flatMap(({ run = "" }) => run.match(FOREIGN) ?? []);

/** Returns the faults of a YAML block: a workflow, by GitHub's own parser, or a zekt.yml, by its schema. */
export function checkYaml(text: string): string[] {
  const value = parse(text) as Record<string, unknown>;
  if ("jobs" in value) {
    readWorkflow("workflow.yml", text);
    const foreign = foreignExpressions(text).map((one) => `a script holds ${one}: pass it by env`);
    return [...checkActions(text, value as unknown as Workflow), ...foreign];
  }
  if (!("version" in value)) return ["it is neither a workflow nor a zekt.yml"];
  const { file, problems, place } = parseZektFile(text);
  const found = file ? problemsWithin(file).map(place) : problems;
  return found.map(({ line, message }) => `line ${line}: ${message}`);
}
