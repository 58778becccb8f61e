import { spawn } from "node:child_process";

/** Runs one process and gives all it printed, with masked values hidden, and its exit code. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: {
    cwd: string;
    env: Record<string, string>;
    masks: Set<string>;
    signal?: AbortSignal | undefined;
    onLine(line: string): void;
  },
): Promise<{ code: number; log: string }> {
  const { cwd, env, masks, signal, onLine } = options;
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], signal });
  const lines: string[] = [];
  const hide = (line: string): string => {
    let hidden = line;
    for (const mask of masks) if (mask !== "") hidden = hidden.replaceAll(mask, "***");
    return hidden;
  };
  const take = (line: string): void => {
    const mask = /^::add-mask::(.*)$/.exec(line)?.[1];
    if (mask !== undefined) {
      masks.add(decodeURIComponent(mask));
      return;
    }
    lines.push(hide(line));
    onLine(hide(line));
  };
  const reading = [child.stdout, child.stderr].map(async (stream) => {
    let rest = "";
    for await (const chunk of stream.setEncoding("utf8")) {
      const parts = (rest + chunk).split(/\r?\n/);
      rest = parts.pop() as string;
      for (const line of parts) take(line);
    }
    if (rest !== "") take(rest);
  });
  const code = await new Promise<number>((resolve) => {
    child.once("error", (error) => {
      take(error.message);
      resolve(1);
    });
    child.once("close", (exit) => resolve(exit ?? 1));
  });
  await Promise.allSettled(reading);
  return { code, log: lines.join("\n") };
}
