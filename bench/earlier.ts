import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Figures, figure } from "./support/figures.ts";
import { IDLE_SETTINGS, startIdleGitHub, startOf } from "./support/idle-server.ts";
import { median } from "./support/stats.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROUNDS = 3;
const FAN_OUTS = [1, 10, 100];
const IDLE_SECONDS = 20;

interface Carried {
  perSecond: number;
  cpuMs: number;
}

/**
 * Measures this version against an earlier checkout, named by `BENCH_EARLIER`: deliveries a second, CPU and idle
 * memory. The sides take turns in the same run.
 */
export async function earlier(say: (line: string) => void): Promise<Figures> {
  const checkout = process.env.BENCH_EARLIER;
  if (!checkout)
    throw new Error("Set BENCH_EARLIER to the folder of an earlier checkout, its packages installed.");
  const { stdout } = await run("git", ["log", "-1", "--format=%h of %cs"], { cwd: checkout });
  const against = stdout.trim();
  const sides = [checkout, ROOT];
  const script = join(checkout, "bench/carry.ts");
  copyFileSync(join(ROOT, "bench/carry.ts"), script);
  try {
    const figures: Figures = {};
    for (const fanOut of FAN_OUTS) {
      const rounds = await inTurn(sides, async (side) => await carry(side, fanOut));
      const [before, now] = rounds.map((all) => ({
        perSecond: median(all.map(({ perSecond }) => perSecond)),
        cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
      })) as [Carried, Carried];
      const name = `earlier: fan-out ${fanOut}`;
      figures[`${name}, deliveries a second`] = figure({
        value: now.perSecond,
        unit: "a second",
        baseline: before.perSecond,
        against,
        atLeast: 2.5,
      });
      figures[`${name}, CPU a delivery`] = figure({
        value: now.cpuMs,
        unit: "ms",
        baseline: before.cpuMs,
        against,
        atMost: 0.5,
      });
      say(`fan-out ${fanOut}: ${now.perSecond.toFixed(0)} a second, ${before.perSecond.toFixed(0)} before`);
    }
    const [before = [], now = []] = await inTurn(sides, idleMemory);
    figures["earlier: memory of an idle server"] = figure({
      value: median(now),
      unit: "MB",
      baseline: median(before),
      against,
      atMost: 0.7,
    });
    return figures;
  } finally {
    rmSync(script);
  }
}

/** Measures each side in turn, round by round; the answer has the rounds of each side. */
async function inTurn<T>(sides: readonly string[], measure: (side: string) => Promise<T>): Promise<T[][]> {
  const rounds: T[][] = sides.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [at, side] of sides.entries()) rounds[at]?.push(await measure(side));
  return rounds;
}

async function carry(side: string, fanOut: number): Promise<Carried> {
  const { stdout } = await run(process.execPath, ["scripts/run.mjs", "bench/carry.ts", String(fanOut)], {
    cwd: side,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Carried;
}

/**
 * Starts a side's server as its `npm start` does, the second time on this machine. Returns its resident memory in
 * MB after some seconds without work. Linux only.
 */
async function idleMemory(side: string): Promise<number> {
  const data = mkdtempSync(join(tmpdir(), "bench-idle-"));
  const github = await startIdleGitHub();
  const server = spawn(process.execPath, startOf(side), {
    cwd: side,
    stdio: "ignore",
    env: { ...IDLE_SETTINGS, ZEKT_DATA_DIR: data, GITHUB_API_URL: github.url, GITHUB_URL: github.url },
  });
  try {
    await wait(IDLE_SECONDS * 1000);
    if (server.exitCode !== null) throw new Error(`The server of ${side} ended with ${server.exitCode}.`);
    const [child] = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").split(" ");
    const kB = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1];
    return Number(kB) / 1024;
  } finally {
    server.kill();
    await once(server, "exit");
    github.close();
    rmSync(data, { recursive: true });
  }
}
