import type { Hono } from "hono";
import { actorId } from "../auth.ts";
import { bodyOf, type Ctx, type Env, type GitHubParts, onRepository, param } from "../context.ts";
import { invalid, invalidRequest, notFound } from "../errors.ts";
import { runUrls } from "../payloads/run.ts";
import { versionOf } from "../request-rules.ts";
import { parseWorkflowFile, type WorkflowFile, WorkflowSyntaxError } from "../runner/workflow-file.ts";
import type { Account, Repository, WorkflowDispatch } from "../state.ts";

const MAX_INPUTS = 25;
/** GitHub documents characters and says nothing of what is counted: here it is the JSON of all inputs. */
const MAX_CHARACTERS = 65_535;
const KEYS = ["ref", "inputs"];
/** The version under which the run's details are always returned. */
const ALWAYS_DETAILS = "2026-03-10";

/** https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event */
export function workflowDispatchRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world, runs } = parts;
  const path = "/actions/workflows/:workflow/dispatches";
  onRepository(app, parts, "post", path, ["actions", "write"], async (context, repository) => {
    const caller = context.get("caller");
    const workflow = findWorkflow(parts, repository, param(context, "workflow"));
    const { ref, inputs, details } = readBody(await bodyOf(context), parts);
    if (repository.disabledWorkflows.has(workflow)) {
      throw invalid("Cannot trigger a 'workflow_dispatch' on a disabled workflow");
    }
    const commit = world.commit(repository, ref);
    const headBranch = ref.replace(/^refs\/(heads|tags)\//, "");
    const ofTag = ref.startsWith("refs/tags/") || !repository.branches.has(headBranch);
    // A SHA is no ref here.
    if (!commit || commit.sha === ref) throw invalid(`No ref found for: ${ref}`);
    const text = commit.files.get(workflow);
    checkInputs(parse(workflow, text), inputs);
    const dispatch: WorkflowDispatch = {
      at: world.clock.now(),
      workflow,
      ref,
      inputs,
      appSlug: caller.kind === "installation" ? caller.app.slug : null,
      runId: 0,
    };
    const sender = world.accounts.get(actorId(caller)) as Account;
    const installation = caller.kind === "installation" ? caller.installation : undefined;
    const run = runs.dispatchedWorkflow(repository, dispatch, { headBranch, ofTag }, sender, installation);
    dispatch.runId = run.id;
    repository.workflowDispatches.push(dispatch);
    if (!answersDetails(context, parts, details)) return context.body(null, 204);
    const { url, html_url } = runUrls(world, run);
    return context.json({ workflow_run_id: run.id, run_url: url, html_url });
  });
}

const answersDetails = (context: Ctx, { world }: GitHubParts, asked: boolean): boolean =>
  world.settings.runDetails === "answered" &&
  (asked || versionOf(context, world.settings) === ALWAYS_DETAILS);

/** A workflow of the default branch, by its file's name or its id. */
function findWorkflow({ world, runs }: GitHubParts, repository: Repository, asked: string): string {
  const found = runs
    .workflowFiles(repository)
    .find(([path]) => path.endsWith(`/${asked}`) || String(world.workflowId(repository, path)) === asked);
  if (!found) throw notFound();
  return found[0];
}

interface Wanted {
  ref: string;
  inputs: Record<string, string>;
  details: boolean;
}

function readBody(body: Record<string, unknown>, { world }: GitHubParts): Wanted {
  const { ref, inputs = {}, return_run_details: details = false } = body;
  const known = world.settings.runDetails === "refused" ? KEYS : [...KEYS, "return_run_details"];
  const unknown = Object.keys(body).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    const names = unknown.map((key) => `"${key}"`).join(", ");
    throw invalidRequest(
      `${names} ${unknown.length === 1 ? "is not a permitted key" : "are not permitted keys"}.`,
    );
  }
  if (ref === undefined) throw invalidRequest(`"ref" wasn't supplied.`);
  if (typeof ref !== "string") {
    throw invalidRequest(`For 'properties/ref', ${JSON.stringify(ref)} is not a string.`);
  }
  if (typeof details !== "boolean") {
    throw invalidRequest(`For 'properties/return_run_details', ${JSON.stringify(details)} is not a boolean.`);
  }
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs)) {
    throw invalidRequest(`For 'properties/inputs', ${JSON.stringify(inputs)} is not an object.`);
  }
  const count = Object.keys(inputs).length;
  if (count > MAX_INPUTS) {
    throw invalidRequest(`No more than ${MAX_INPUTS} properties are allowed; ${count} were supplied.`);
  }
  for (const [name, value] of Object.entries(inputs)) {
    if (typeof value !== "string") {
      throw invalidRequest(`For 'properties/inputs/${name}', ${JSON.stringify(value)} is not a string.`);
    }
  }
  if ([...JSON.stringify(inputs)].length > MAX_CHARACTERS) throw invalid("inputs are too large.");
  return { ref, inputs: inputs as Record<string, string>, details };
}

function parse(path: string, text: string | undefined): WorkflowFile {
  if (text === undefined) throw withoutTrigger();
  try {
    return parseWorkflowFile(path, text);
  } catch (error) {
    if (!(error instanceof WorkflowSyntaxError)) throw error;
    throw invalid(`failed to parse workflow: ${error.message}`);
  }
}

const withoutTrigger = () => invalid("Workflow does not have 'workflow_dispatch' trigger");

/** Checks inputs by what a workflow declares: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#onworkflow_dispatchinputs */
function checkInputs({ events }: WorkflowFile, given: Record<string, string>): void {
  const trigger = events.workflow_dispatch;
  if (!trigger) throw withoutTrigger();
  const declared = trigger.inputs ?? {};
  const unexpected = Object.keys(given).filter((name) => !(name in declared));
  if (unexpected.length > 0) throw invalid(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  for (const [name, { required, default: standard, options }] of Object.entries(declared)) {
    const value = given[name];
    if (required && standard === undefined && !value) throw invalid(`Required input '${name}' not provided`);
    if (options && options.length > 0 && value !== undefined && !options.includes(value)) {
      throw invalid(`Provided value '${value}' for input '${name}' not in the list of allowed values`);
    }
  }
}
