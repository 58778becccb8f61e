import { type ChildProcessByStdio, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import type { Readable } from "node:stream";
import { setTimeout as after } from "node:timers/promises";
import type { StepLog } from "./step-log.ts";

/** The time that an interrupted process has for cleaning up before it gets a harder signal. */
const INTERRUPT_MS = 7_500;
const TERMINATE_MS = 2_500;

/** The time to wait for the output of a process that has ended; a child that it left behind may hold it open. */
const DRAIN_MS = 1_000;

interface ProcessOptions {
  cwd: string;
  env: Record<string, string>;
  log: StepLog;
  /** Stops the process and all it has started. */
  stop: AbortSignal;
}

/**
 * Runs one process and writes all it prints into the log. Resolves with its exit code; 1 for a process
 * that a signal has ended.
 *
 * @throws when it cannot be started
 */
export async function runProcess(
  command: string,
  args: readonly string[],
  { cwd, env, log, stop }: ProcessOptions,
): Promise<number> {
  if (!existsSync(cwd)) throw new Error(`The working directory ${cwd} does not exist.`);
  const child = start(command, args, cwd, env);
  const output = Promise.all([copyLines(child.stdout, log), copyLines(child.stderr, log)]);
  const ended = new AbortController();
  const stopNow = (): void => void stopGroup(child.pid, ended.signal).catch(() => {});
  stop.addEventListener("abort", stopNow, { once: true });
  if (stop.aborted) stopNow();
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (exit) => resolve(exit ?? 1));
    });
    await Promise.race([output, after(DRAIN_MS, undefined, { signal: ended.signal })]);
    return code;
  } finally {
    ended.abort();
    stop.removeEventListener("abort", stopNow);
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    await output;
  }
}

function start(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): ChildProcessByStdio<null, Readable, Readable> {
  try {
    // A group of its own, so that what a script has started is killed together with it.
    return spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "E2BIG") throw error;
    throw new Error("Argument list too long: on Linux one variable or input holds 128 KiB; use a file.", {
      cause: error,
    });
  }
}

async function copyLines(stream: Readable, log: StepLog): Promise<void> {
  let rest = "";
  try {
    for await (const chunk of stream.setEncoding("utf8")) {
      const lines = (rest + chunk).split(/\r?\n/);
      rest = lines.pop() as string;
      for (const line of lines) log.write(line);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
  if (rest !== "") log.write(rest);
}

/**
 * Asks a process to stop as a runner does: SIGINT, then SIGTERM. What it has started itself hears neither, and is only
 * killed with it in the end.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-cancellation
 */
async function stopGroup(pid: number | undefined, ended: AbortSignal): Promise<void> {
  if (pid === undefined) return;
  process.kill(pid, "SIGINT");
  await after(INTERRUPT_MS, undefined, { signal: ended });
  process.kill(pid, "SIGTERM");
  await after(TERMINATE_MS, undefined, { signal: ended });
  process.kill(-pid, "SIGKILL");
}
