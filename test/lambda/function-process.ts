import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { traceOf } from "./chains.ts";
import type { Given } from "./role-of.ts";
import { RuntimeApi } from "./runtime-api.ts";

const OWN = fileURLToPath(new URL("./runtime.worker.ts", import.meta.url));
const CLOCK = fileURLToPath(new URL("./moved-clock.worker.ts", import.meta.url));

/** The program that runs a function: the tests' own, or Amazon's, with the Node that runs it. */
const RUNTIME = process.env.ZEKT_TEST_LAMBDA_RUNTIME?.split(" ") ?? [process.execPath, OWN];

/** The time limits that a call may take before it is cut off: a machine of tests does other things too. */
const SLACK = 3;

/**
 * A function in a process of its own, called as Lambda calls it: never two events at a time, and frozen in between. It
 * is cut off at its time limit, and begun anew where its process has ended.
 * https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
 */
export class FunctionProcess {
  /** The lines that it printed. */
  readonly printed: string[] = [];
  readonly #given: Given;
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #ahead: () => number;
  readonly #api = RuntimeApi.open();
  #child: ChildProcess | null = null;
  /** The milliseconds by which the instance's clock is ahead already. */
  #isAhead = 0;
  #calls: Promise<unknown>;

  /**
   * Starts a function as it is deployed, from the folder of its artefact. `ahead` says by how many milliseconds its
   * clock is ahead of the machine's.
   */
  constructor(given: Given, folder: string, env: Record<string, string>, ahead: () => number = () => 0) {
    this.#given = given;
    this.#folder = folder;
    this.#env = env;
    this.#ahead = ahead;
    this.#calls = this.#api.then((api) => this.#start(api));
  }

  /** Calls the function; rejects with what its handler throws, and with what Lambda says of one that gave no answer. */
  call(event: unknown, trace = traceOf(1)): Promise<unknown> {
    const called = this.#calls.then(() => this.#call(event, trace));
    this.#calls = called.catch(() => {});
    return called;
  }

  /** The lines of its log. */
  log(): Record<string, unknown>[] {
    return this.printed.flatMap((line) =>
      line.startsWith("{") ? (JSON.parse(line) as object) : [],
    ) as never;
  }

  async stop(): Promise<void> {
    const api = await this.#api;
    const child = this.#child;
    if (child) {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    }
    await api.close();
  }

  async #call(event: unknown, trace: string): Promise<unknown> {
    const api = await this.#api;
    const { timeout, name } = this.#given;
    const child = this.#child ?? this.#start(api);
    child.kill("SIGCONT");
    const awsRequestId = crypto.randomUUID();
    let limit: NodeJS.Timeout | undefined;
    const cutOff = (): void => {
      this.#child = null;
      api.forget();
      api.fail({ errorType: "Sandbox.Timedout", errorMessage: `Task timed out after ${timeout} seconds` });
      child.kill("SIGKILL");
    };
    const result = api.hand({
      event,
      awsRequestId,
      trace,
      functionArn: `arn:aws:lambda:us-east-1:123456789012:function:${name}`,
      deadline: () => Date.now() + this.#isAhead + timeout * 1000,
      prepare: async () => {
        if (this.#isAhead !== this.#ahead()) {
          this.#isAhead = this.#ahead();
          child.send(this.#isAhead);
          await once(child, "message");
        }
        limit = setTimeout(cutOff, timeout * 1000 * SLACK);
      },
    });
    return await result.finally(() => clearTimeout(limit));
  }

  #start(api: RuntimeApi): ChildProcess {
    const { name, handler, memory } = this.#given;
    const [node = "", ...args] = RUNTIME;
    const child = spawn(node, ["--import", CLOCK, ...args], {
      cwd: this.#folder,
      env: {
        PATH: process.env.PATH,
        LANG: "en_US.UTF-8",
        TZ: ":UTC",
        _HANDLER: handler,
        LAMBDA_TASK_ROOT: this.#folder,
        AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
        AWS_LAMBDA_RUNTIME_API: api.host,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memory),
        AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
        AWS_LAMBDA_LOG_STREAM_NAME: "2026/01/01/[$LATEST]0",
        ...this.#env,
      },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream?.on("data", (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop() ?? "";
        this.printed.push(...lines);
      });
    }
    child.once("exit", (code, signal) => {
      if (this.#child !== child) return;
      this.#child = null;
      api.forget();
      const errorMessage = `Runtime exited with error: ${signal ?? `exit status ${code}`}`;
      api.fail({ errorType: "Runtime.ExitError", errorMessage });
    });
    // What is not awaited has to wait: between two calls nothing of a function runs.
    api.onIdle = () => child.kill("SIGSTOP");
    this.#child = child;
    this.#isAhead = 0;
    return child;
  }
}
