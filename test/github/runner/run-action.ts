import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { type Contexts, evaluateString, type Status } from "./expressions.ts";

/** What `action.yml` says of a JavaScript action. */
export interface Action {
  folder: string;
  main: string;
  post: string | null;
  inputs: Record<string, { default?: string; required?: boolean }>;
}

/** Finds the folder of a `uses:`; the longest known prefix wins, and what is left of the path is appended. */
export function actionFolder(uses: string, localActions: Record<string, string>): string | null {
  const path = uses.split("@", 1)[0] as string;
  const prefix = Object.keys(localActions)
    .filter((known) => path === known || path.startsWith(`${known}/`))
    .sort((a, b) => b.length - a.length)[0];
  return prefix === undefined ? null : join(localActions[prefix] as string, path.slice(prefix.length));
}

/** Reads an action, or says why it cannot be run here. */
export function readAction(folder: string): Action {
  const file = ["action.yml", "action.yaml"].map((name) => join(folder, name)).find(existsSync);
  if (!file) throw new Error(`There is no action.yml in ${folder}.`);
  const { runs, inputs } = parse(readFileSync(file, "utf8")) as {
    runs: { using: string; main?: string; post?: string };
    inputs?: Action["inputs"];
  };
  if (!/^node\d+$/.test(runs.using) || !runs.main)
    throw new Error(`Only JavaScript actions run here, not ${runs.using}.`);
  return {
    folder,
    main: join(folder, runs.main),
    post: runs.post ? join(folder, runs.post) : null,
    inputs: inputs ?? {},
  };
}

/** An action's inputs as the environment of its process, defaults included. */
export function inputEnvironment(
  action: Action,
  given: Record<string, string>,
  contexts: Contexts,
  status: Status,
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, input] of Object.entries(action.inputs)) {
    if (input.default !== undefined) values[name] = evaluateString(String(input.default), contexts, status);
  }
  Object.assign(values, given);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      `INPUT_${name.replaceAll(" ", "_").toUpperCase()}`,
      value,
    ]),
  );
}
