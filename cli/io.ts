import { readFileSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import { IS_UTF_16, isUtf16 } from "../shared/utf-16.ts";

/** The outside world of a command. */
export interface Io {
  env: Readonly<Record<string, string | undefined>>;
  /** True where a person looks at the output. */
  showsColour: boolean;
  /** True where a person can answer a question. */
  canAsk: boolean;
  /** Columns of the terminal. */
  columns: number;
  out(text: string): void;
  err(text: string): void;
  /** Shows how far something is, in place of what it showed before; an empty text removes that. */
  progress(text: string): void;
  /** Asks a question and returns the answer. */
  ask(question: string): Promise<string>;
  /** Returns the text of a file, or of stdin for `-`. */
  read(file: string): string;
  /** The time in milliseconds since the epoch. */
  now(): number;
  /** Waits some milliseconds, or until the signal; false where the user ended the command meanwhile. */
  wait(ms: number, signal?: AbortSignal): Promise<boolean>;
}

/** Returns the process's own terminal, files and environment. */
export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  return {
    env,
    // https://no-color.org
    showsColour: stdout.isTTY === true && !env.NO_COLOR && env.TERM !== "dumb",
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    columns: stdout.columns ?? 80,
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    progress(text) {
      // The rest of the line is erased. In a file or a pipe this would be noise.
      if (stderr.isTTY) stderr.write(`\r${text}\u001b[K`);
    },
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      const ended = new Promise<null>((resolve) => lines.once("close", () => resolve(null)));
      try {
        const answer = await Promise.race([lines.question(question), ended]);
        // Ctrl+C and Ctrl+D leave the cursor behind the question.
        if (answer === null) stderr.write("\n");
        return answer ?? "";
      } finally {
        lines.close();
      }
    },
    read: (file) => textOf(readFileSync(file === "-" ? 0 : file)),
    now: () => Date.now(),
    wait: (ms, signal) =>
      new Promise((resolve) => {
        const end = (wasWaited: boolean) => (): void => {
          clearTimeout(timer);
          process.off("SIGINT", interrupt);
          signal?.removeEventListener("abort", over);
          resolve(wasWaited);
        };
        const interrupt = end(false);
        const over = end(true);
        const timer = setTimeout(over, ms);
        process.on("SIGINT", interrupt);
        signal?.addEventListener("abort", over, { once: true });
        if (signal?.aborted) over();
      }),
  };
}

/**
 * Returns the text of a file, without the mark that programs on Windows put before it.
 *
 * @throws Error saying that it is UTF-16
 */
function textOf(bytes: Buffer): string {
  if (isUtf16(bytes)) throw new Error(IS_UTF_16);
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}
