import { parse } from "yaml";
import { type RefusedFile, readDispatchTypes } from "./dispatch-types.ts";

/** The input of a `workflow_dispatch` that Zekt fills. */
export const ZEKT_INPUT = "zekt";

/** GitHub takes no more inputs of one workflow. */
const MAX_INPUTS = 25;
/** Aliases unfolded at most, so that a file of stacked ones costs little. */
const MAX_ALIASES = 100;

/** A workflow file's listening to `workflow_dispatch`, as far as Zekt could start it. */
export interface DispatchInputs {
  listens: boolean;
  /** Faults of its inputs, in words; empty where Zekt's one input is all that it needs. */
  problems: string[];
  /** Why GitHub would not run it; null where nothing is wrong with what starts it. */
  refused: RefusedFile | null;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Reads whether Zekt can start a workflow file by `workflow_dispatch`, and which inputs stand in the way.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
 */
export function readDispatchInputs(text: string): DispatchInputs {
  const { refused } = readDispatchTypes(text);
  if (refused) return { listens: false, problems: [], refused };
  let file: unknown;
  try {
    file = parse(text, { uniqueKeys: false, logLevel: "error", maxAliasCount: MAX_ALIASES });
  } catch (error) {
    return { listens: false, problems: [], refused: { line: 1, message: (error as Error).message } };
  }
  const on = isMap(file) ? file.on : undefined;
  const name = "workflow_dispatch";
  if (on === name || (Array.isArray(on) && on.includes(name))) {
    return { listens: true, problems: problemsOf({}), refused: null };
  }
  if (!isMap(on) || !(name in on)) return { listens: false, problems: [], refused: null };
  const settings = on[name];
  const inputs = isMap(settings) && isMap(settings.inputs) ? settings.inputs : {};
  return { listens: true, problems: problemsOf(inputs), refused: null };
}

function problemsOf(inputs: Record<string, unknown>): string[] {
  const problems: string[] = [];
  const { [ZEKT_INPUT]: zekt, ...others } = inputs;
  const type = isMap(zekt) && zekt.type !== undefined ? String(zekt.type) : "string";
  if (!(ZEKT_INPUT in inputs)) problems.push(`it declares no input ${ZEKT_INPUT}`);
  else if (type !== "string")
    problems.push(`its input ${ZEKT_INPUT} is of type ${type}, and must be a string`);
  for (const [name, input] of Object.entries(others)) {
    if (isMap(input) && input.required === true && input.default === undefined) {
      problems.push(`its input ${name} is required, and Zekt does not fill it; give it a default`);
    }
  }
  if (Object.keys(inputs).length > MAX_INPUTS) problems.push(`it declares more than ${MAX_INPUTS} inputs`);
  return problems;
}
