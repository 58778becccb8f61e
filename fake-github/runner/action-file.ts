import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import { isMapping, NoOperationTraceWriter, parseAction } from "./parser.ts";

/** Where a `uses:` is on this machine, and whose it is. */
interface ActionPlace {
  folder: string;
  /** `owner/repo` and the ref asked for; null for an action of the repository itself. */
  repository: string | null;
  ref: string | null;
}

/**
 * Finds the folder of a `uses:`. Of the known folders, the one with the longest prefix of the action's path wins, and
 * the rest of the path is appended. Any ref will do. `./path` and `$/path` are looked for under `repository`.
 *
 * @throws for an action that is not on this machine
 */
export function findAction(
  uses: string,
  repository: string,
  localActions: Record<string, string>,
): ActionPlace {
  const own = /^[.$]\//.test(uses);
  const [named = "", ref] = own ? [`${repository}${uses.slice(1)}`] : uses.split("@", 2);
  const path = named.replace(/\/+$/, "");
  const known = Object.keys(localActions)
    .filter((prefix) => `${path}/`.toLowerCase().startsWith(`${prefix}/`.toLowerCase()))
    .sort((a, b) => b.length - a.length)[0];
  if (known === undefined) {
    throw new Error(`The action ${uses} is not on this machine: name its folder in localActions.`);
  }
  return {
    folder: join(localActions[known] as string, path.slice(known.length)),
    repository: own ? null : path.split("/").slice(0, 2).join("/"),
    ref: ref ?? null,
  };
}

/**
 * Reads the `action.yml` of a folder by GitHub's own schema.
 *
 * @throws when there is none, or GitHub would not take it
 */
export function readActionFile(folder: string): MappingToken {
  const file = ["action.yml", "action.yaml"].map((name) => join(folder, name)).find(existsSync);
  if (!file) throw new Error(`There is no action.yml in ${folder}.`);
  const { context, value } = parseAction(
    { name: file, content: readFileSync(file, "utf8") },
    new NoOperationTraceWriter(),
  );
  const errors = context.errors.getErrors().map(({ message }) => message);
  if (errors.length > 0 || !value || !isMapping(value)) {
    throw new Error(`${file} cannot be used: ${errors.join("; ") || "it is empty"}`);
  }
  return value;
}
