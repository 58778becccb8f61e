import { isScalar } from "yaml";
import { typesOf } from "./dispatch-types.ts";
import { type RefusedFile, readWorkflow, textOf, type WorkflowFile } from "./workflow-file.ts";

/** The input of a `workflow_dispatch` that Zekt fills. */
export const ZEKT_INPUT = "zekt";

/** GitHub takes no more inputs of one workflow. */
const MAX_INPUTS = 25;

/** A workflow file's listening to `workflow_dispatch`, as far as Zekt could start it. */
export interface DispatchInputs {
  listens: boolean;
  /** Faults of its inputs, in words; empty where Zekt's one input is all that it needs. */
  problems: string[];
  /** Why GitHub would not run it; null where nothing is wrong with what starts it. */
  refused: RefusedFile | null;
}

/**
 * Reads whether Zekt can start a workflow file by `workflow_dispatch`, and which inputs stand in the way.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs
 */
export function readDispatchInputs(text: string): DispatchInputs {
  const { value, refused } = readWorkflow(text, (file) => {
    // Refuses what GitHub refuses of the file.
    typesOf(file);
    return inputProblems(file);
  });
  if (refused) return { listens: false, problems: [], refused };
  return { listens: value !== null, problems: value ?? [], refused: null };
}

/** Returns the faults of a workflow's inputs; null where it does not listen. */
function inputProblems(file: WorkflowFile): string[] | null {
  const on = file.at(file.root, "on");
  const name = "workflow_dispatch";
  const isListed = [on, ...file.items(on)].some((one) => textOf(one) === name);
  const settings = file.at(on, name);
  if (!isListed && settings === undefined) return null;
  return problemsOf(file, file.entries(file.at(settings, "inputs")));
}

function problemsOf(file: WorkflowFile, inputs: readonly [name: string, input: unknown][]): string[] {
  const problems: string[] = [];
  const zekt = inputs.find(([name]) => name === ZEKT_INPUT);
  const type = zekt && file.at(zekt[1], "type");
  if (!zekt) problems.push(`it declares no input ${ZEKT_INPUT}`);
  else if (type !== undefined && textOf(type) !== "string")
    problems.push(`its input ${ZEKT_INPUT} is of type ${textOf(type)}, and must be a string`);
  // What many inputs share by an alias is read once.
  const distinct = [...new Set(inputs.map(([, input]) => input))];
  const unfilled = new Set(distinct.filter((input) => isUnfilled(file, input)));
  for (const [name, input] of inputs) {
    if (name !== ZEKT_INPUT && unfilled.has(input)) {
      problems.push(`its input ${name} is required, and Zekt does not fill it; give it a default`);
    }
  }
  if (inputs.length > MAX_INPUTS) problems.push(`it declares more than ${MAX_INPUTS} inputs`);
  return problems;
}

/** Returns whether an input is required and has no default. */
function isUnfilled(file: WorkflowFile, input: unknown): boolean {
  const required = file.at(input, "required");
  return isScalar(required) && required.value === true && file.at(input, "default") === undefined;
}
