import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { endOrphans } from "./end-orphans.ts";
import { githubVariables } from "./github-context.ts";
import { Masks } from "./masks.ts";
import { runProcess } from "./run-process.ts";
import { makeStepFiles, readLines, readPairs } from "./step-files.ts";
import { StepLog } from "./step-log.ts";
import type { HeldChanges } from "./step-scope.ts";
import type { WorkflowRunRequest } from "./types.ts";

/** Steps whose summary is larger lose it: GitHub takes 1 MiB from a step. */
const SUMMARY_BYTES = 1024 * 1024;

/** A process that a step wants run. */
interface ProcessRequest {
  command: string;
  args: string[];
  /** The environment of the step; the runner's own variables win over it. */
  env: Record<string, string>;
  /** Variables that only this process gets, such as an action's inputs. */
  extra: Record<string, string>;
  /** The `github` context of the step. */
  github: Record<string, unknown>;
  /** Relative to the workspace. */
  directory: string;
  log: StepLog;
  stop: AbortSignal;
  /** Where it sets variables and folders for the steps to come; null for the job itself. */
  held: HeldChanges | null;
}

/** The outcome of a process, and the contents of its files. */
interface ProcessResult {
  succeeded: boolean;
  outputs: Record<string, string>;
  state: Record<string, string>;
}

/** One job at work on this machine: its folders, and what its steps have set for those after them. */
export class JobAtWork implements Disposable {
  readonly request: WorkflowRunRequest;
  readonly masks: Masks;
  /** Cancels the job; its reason says why. */
  readonly cancel: AbortSignal;
  /** The environment of all steps to come. */
  env: Record<string, string> = {};
  summary = "";
  readonly workspace: string;
  readonly temp: string;
  readonly eventPath: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "job-"));
  readonly #idToken: { url: string; token: string } | undefined;
  readonly #trackingId = `github_${randomUUID()}`;
  #paths: string[] = [];

  constructor(
    request: WorkflowRunRequest,
    cancel: AbortSignal,
    idToken: { url: string; token: string } | undefined,
  ) {
    this.request = request;
    this.cancel = cancel;
    this.#idToken = idToken;
    this.masks = new Masks([...Object.values(request.secrets), ...(idToken ? [idToken.token] : [])]);
    this.workspace = join(this.#folder, "work", "workspace");
    this.temp = join(this.#folder, "temp");
    this.eventPath = join(this.temp, "_github_workflow", "event.json");
    for (const made of [this.workspace, dirname(this.eventPath), join(this.#folder, "home")]) {
      mkdirSync(made, { recursive: true });
    }
    // https://github.com/actions/runner-container-hooks/issues/286
    if (request.hasEventFile !== false) writeFileSync(this.eventPath, JSON.stringify(request.event));
  }

  openLog(): StepLog {
    return new StepLog(this.masks, (line) => this.request.onLog?.(line));
  }

  /** https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#runner-context */
  get runner(): Record<string, string> {
    return {
      name: "local",
      os: "Linux",
      arch: process.arch === "x64" ? "X64" : process.arch.toUpperCase(),
      environment: "github-hosted",
      temp: this.temp,
      tool_cache: join(this.#folder, "tools"),
      workspace: dirname(this.workspace),
    };
  }

  /**
   * Runs a process with the environment a runner gives, and takes up what it says in its files.
   *
   * @throws when it cannot be started
   */
  async run(wanted: ProcessRequest): Promise<ProcessResult> {
    const { command, args, log, stop } = wanted;
    const files = makeStepFiles(join(this.temp, "_runner_file_commands", randomUUID()));
    const code = await runProcess(command, args, {
      cwd: resolve(this.workspace, wanted.directory),
      env: this.#environment(wanted, files),
      log,
      stop,
    });
    if (code !== 0 && !stop.aborted) log.error(`Process completed with exit code ${code}.`);
    let succeeded = code === 0;
    const read = <T>(file: keyof typeof files, reader: (path: string) => T, none: T): T => {
      try {
        return reader(files[file]);
      } catch (error) {
        log.error(`Unable to process file command '${file}' successfully.\n${(error as Error).message}`);
        succeeded = false;
        return none;
      }
    };
    const changes = { paths: read("path", readLines, []).reverse(), env: read("env", readPairs, {}) };
    if (wanted.held === null) this.release(changes);
    else {
      wanted.held.paths.unshift(...changes.paths);
      Object.assign(wanted.held.env, changes.env);
    }
    this.#keepSummary(files.step_summary, log);
    const outputs = read("output", readPairs, {});
    return { outputs, state: read("state", readPairs, {}), succeeded };
  }

  /** Shows the steps to come what a step has set. */
  release({ paths, env }: HeldChanges): void {
    this.#paths = [...paths, ...this.#paths.filter((known) => !paths.includes(known))];
    Object.assign(this.env, env);
  }

  #environment(wanted: ProcessRequest, files: Record<string, string>): Record<string, string> {
    const own = wanted.env.PATH ?? process.env.PATH ?? "";
    return {
      HOME: join(this.#folder, "home"),
      LANG: "C.UTF-8",
      ...wanted.env,
      PATH: [...(wanted.held?.paths ?? []), ...this.#paths, dirname(process.execPath), own].join(delimiter),
      CI: "true",
      GITHUB_ACTIONS: "true",
      ...githubVariables({ ...wanted.github, ...files }),
      ...Object.fromEntries(
        Object.entries(this.runner).map(([name, value]) => [`RUNNER_${name.toUpperCase()}`, value]),
      ),
      RUNNER_TRACKING_ID: this.#trackingId,
      ...(this.#idToken
        ? {
            ACTIONS_ID_TOKEN_REQUEST_URL: this.#idToken.url,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.#idToken.token,
          }
        : {}),
      ...wanted.extra,
    };
  }

  #keepSummary(path: string, log: StepLog): void {
    const bytes = readFileSync(path);
    if (bytes.length > SUMMARY_BYTES) {
      log.error(
        `$GITHUB_STEP_SUMMARY upload aborted, supports content up to a size of 1024k, got ${Math.ceil(bytes.length / 1024)}k.`,
      );
      return;
    }
    this.summary += this.masks.hide(bytes.toString("utf8"));
  }

  [Symbol.dispose](): void {
    endOrphans(this.#trackingId);
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
