import type { EventsConfig, WorkflowJob } from "@actions/workflow-parser/model/workflow-template";
import type { MappingToken } from "@actions/workflow-parser/templates/tokens/mapping-token";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/template-token";
import { convertJobs, convertOn, field, isMapping, parseWorkflow, workflowContext } from "./parser.ts";

/** https://docs.github.com/en/actions/reference/limits */
const MAX_FILE_BYTES = 500 * 1024;

/** A workflow file that GitHub would not take, or that cannot be run on this machine. */
export class WorkflowSyntaxError extends Error {
  override name = "WorkflowSyntaxError";

  constructor(path: string, reasons: readonly string[]) {
    super(`${path} cannot be run: ${reasons.join("; ")}`);
  }
}

/** A workflow file as GitHub reads it. */
export interface WorkflowFile {
  path: string;
  /** Its `name`, or the path where it has none. */
  name: string;
  root: MappingToken;
  events: EventsConfig;
  jobs: WorkflowJob[];
}

/**
 * Parses a workflow file by GitHub's own schema and checks. Refused are unknown keys, contexts that are not available
 * where they are used, needs in a circle, and repeated step ids.
 *
 * @throws WorkflowSyntaxError naming every fault with its line
 */
export function parseWorkflowFile(path: string, text: string): WorkflowFile {
  if (Buffer.byteLength(text) > MAX_FILE_BYTES)
    throw new WorkflowSyntaxError(path, ["it is larger than 500 KB"]);
  const { context, value: root } = parseWorkflow({ name: path, content: text }, workflowContext());
  const check = (): void => {
    const errors = context.errors.getErrors();
    if (errors.length > 0)
      throw new WorkflowSyntaxError(
        path,
        errors.map(({ message }) => message),
      );
  };
  check();
  if (!root || !isMapping(root)) throw new WorkflowSyntaxError(path, ["it is empty"]);
  try {
    const events = convertOn(context, field(root, "on") as TemplateToken);
    const jobs = convertJobs(context, field(root, "jobs") as TemplateToken);
    check();
    return { path, name: field(root, "name")?.toString() || path, root, events, jobs };
  } catch (error) {
    if (error instanceof WorkflowSyntaxError) throw error;
    throw new WorkflowSyntaxError(path, [(error as Error).message]);
  }
}

/** The tokens of a job, with the keys that the parser's model of it leaves out. */
export const jobToken = ({ root }: WorkflowFile, id: string): TemplateToken =>
  field(field(root, "jobs"), id) as TemplateToken;
