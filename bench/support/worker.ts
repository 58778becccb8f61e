import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

type Calls = Record<string, (...args: never[]) => unknown>;
type Request = { id: number; name: string; args: unknown[] };
type Reply = { id: number; value?: unknown; error?: string };

/** A process of its own whose functions can be called from here. */
export class Worker<C extends Calls> {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", ({ id, value, error }: Reply) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    child.on("exit", (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`The worker ended with ${code}.`));
    });
  }

  /** Starts a file of this folder's and waits until it serves calls; its environment is this one's and `env`, and Node gets `flags`. */
  static async start<C extends Calls>(
    file: URL,
    env: Record<string, string> = {},
    flags: readonly string[] = [],
  ): Promise<Worker<C>> {
    const child = fork(file, {
      execArgv: [...process.execArgv, ...flags],
      env: { ...process.env, ...env },
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const [first] = (await Promise.race([once(child, "message"), once(child, "exit")])) as [unknown];
    if (first !== "serving") throw new Error(`${file.pathname} did not start: ${first}`);
    return new Worker<C>(child);
  }

  /** Calls a function over there. */
  async call<N extends keyof C & string>(
    name: N,
    ...args: Parameters<C[N]>
  ): Promise<Awaited<ReturnType<C[N]>>> {
    const id = this.#nextId++;
    const answer = Promise.withResolvers<unknown>();
    this.#waiting.set(id, answer);
    this.#child.send({ id, name, args } satisfies Request);
    return (await answer.promise) as Awaited<ReturnType<C[N]>>;
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}

/** Serves functions to the process that started this one, and ends with it. */
export function serveCalls<C extends Calls>(calls: C): C {
  process.on("message", async ({ id, name, args }: Request) => {
    try {
      const value = await (calls[name] as (...all: unknown[]) => unknown)(...args);
      process.send?.({ id, value } satisfies Reply);
    } catch (error) {
      process.send?.({ id, error: (error as Error).stack ?? String(error) } satisfies Reply);
    }
  });
  process.on("disconnect", () => process.exit());
  process.send?.("serving");
  return calls;
}
