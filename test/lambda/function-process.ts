import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { FunctionName } from "../../deploy/access.ts";
import { traceOf } from "./chains.ts";

const RUNTIME = fileURLToPath(new URL("./runtime.worker.ts", import.meta.url));

/** A function in a fresh process of its own, called as Lambda calls it: never two events at a time. */
export class FunctionProcess {
  /** The lines that it printed. */
  readonly printed: string[] = [];
  readonly #child: ChildProcess;
  #calls: Promise<unknown>;

  readonly #ahead: () => number;

  /**
   * Starts a function that has so many seconds for a call. `ahead` says by how many milliseconds its clock is ahead of
   * the machine's.
   */
  constructor(
    name: FunctionName,
    folder: string,
    env: Record<string, string>,
    { timeout = 900, ahead = () => 0 }: { timeout?: number; ahead?: () => number } = {},
  ) {
    this.#ahead = ahead;
    this.#child = fork(RUNTIME, [folder, `app/lambda/${name}.cjs`, String(timeout)], {
      env: { PATH: process.env.PATH, LAMBDA_TASK_ROOT: folder, AWS_LAMBDA_FUNCTION_NAME: name, ...env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = "";
      stream?.on("data", (chunk: Buffer) => {
        const lines = (rest + chunk.toString()).split("\n");
        rest = lines.pop() ?? "";
        this.printed.push(...lines);
      });
    }
    this.#calls = once(this.#child, "message");
  }

  /** Calls the function; rejects with what its handler throws, which Lambda would tell as an error of the function. */
  call(event: unknown, trace = traceOf(1)): Promise<unknown> {
    const called = this.#calls.then(async () => {
      this.#child.send({ event, awsRequestId: crypto.randomUUID(), ahead: this.#ahead(), trace });
      const [answer] = (await once(this.#child, "message")) as [{ result?: unknown; error?: Error }];
      if (answer.error) throw new Error(`${answer.error.name}: ${answer.error.message}`);
      return answer.result;
    });
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
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
