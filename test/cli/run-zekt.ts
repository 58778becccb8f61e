import { run } from "../../cli/program.ts";
import type { Stage } from "../../harness/stage.ts";
import { userToken } from "../http/client.ts";

/** The outcome of a command: its exit code, and all that it printed. */
export interface Ran {
  code: number;
  out: string;
  err: string;
  /** The questions that it asked. */
  asked: string[];
  /** The lines of progress that it showed. */
  shown: string[];
}

export interface Surroundings {
  env?: Record<string, string>;
  showsColour?: boolean;
  /** The answer to its question; without one there is no terminal. */
  answer?: string;
  /** Waits, each by its milliseconds; false ends the command, as Ctrl+C does. Without it the first wait ends it. */
  wait?: (ms: number, signal?: AbortSignal) => Promise<boolean> | boolean;
  /** The time in milliseconds since the epoch; the system's unless given. */
  now?: () => number;
  /** Texts of files, by path; `-` is stdin. */
  files?: Record<string, string>;
}

/** Runs `zekt` in this process. */
export async function runZekt(args: readonly string[], around: Surroundings = {}): Promise<Ran> {
  const ran: Ran = { code: 0, out: "", err: "", asked: [], shown: [] };
  const { env = {}, showsColour = false, answer, files = {}, wait = () => false, now = Date.now } = around;
  ran.code = await run(args, {
    env,
    showsColour,
    canAsk: answer !== undefined,
    columns: 80,
    out(text) {
      ran.out += text;
    },
    err(text) {
      ran.err += text;
    },
    progress: (text) => void ran.shown.push(text),
    now,
    wait: async (ms, signal) => await wait(ms, signal),
    ask: async (question) => {
      ran.asked.push(question);
      return answer ?? "";
    },
    read(file) {
      const text = files[file];
      if (text === undefined) throw Object.assign(new Error("no file"), { code: "ENOENT" });
      return text;
    },
  });
  return ran;
}

/** Returns a function that runs `zekt` against a stage's Zekt as a user. */
export function zektAs(stage: Stage, login: string) {
  const env = { ZEKT_URL: stage.server.url, ZEKT_TOKEN: userToken(stage, login) };
  return (args: readonly string[], around: Surroundings = {}): Promise<Ran> =>
    runZekt(args, { ...around, env: { ...env, ...around.env } });
}
