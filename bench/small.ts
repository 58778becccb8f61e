import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type Figures, figure } from "./support/figures.ts";
import { freePort } from "./support/free-port.ts";
import { IDLE_SETTINGS, startIdleGitHub, startOf } from "./support/idle-server.ts";
import { median } from "./support/stats.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ROUNDS = 3;
/** The seconds after its start in which a server comes to rest, and those in which it is watched. */
const SETTLING = 20;
const WATCHED = 60;

interface Small {
  readyMs: number;
  memory: number;
  /** The share of one core, in per cent. */
  cpu: number;
}

/** Measures a server that nobody asks for anything, and what a browser loads for the console's first page. Linux only. */
export async function small(say: (line: string) => void): Promise<Figures> {
  const rounds: Small[] = [];
  // The first start compiles what later ones find compiled.
  for (let round = 0; round <= ROUNDS; round++) {
    const measured = await idle(round === 0 ? 1 : WATCHED);
    say(`round ${round}: ${JSON.stringify(measured)}`);
    if (round > 0) rounds.push(measured);
  }
  const of = (what: keyof Small): number => median(rounds.map((one) => one[what]));
  return {
    "small: ready after its start": figure({ value: of("readyMs"), unit: "ms", atMost: 1000 }),
    "small: memory of an idle server": figure({ value: of("memory"), unit: "MB", atMost: 120 }),
    "small: CPU of an idle server": figure({ value: of("cpu"), unit: "% of a core", atMost: 0.5 }),
    "small: script of the console's first page, compressed": figure({
      value: firstPageScript() / 1000,
      unit: "kB",
      atMost: 120,
    }),
  };
}

async function idle(watched: number): Promise<Small> {
  const data = mkdtempSync(join(tmpdir(), "bench-small-"));
  const github = await startIdleGitHub();
  const port = await freePort();
  const startedAt = performance.now();
  const server = spawn(process.execPath, startOf(ROOT), {
    cwd: ROOT,
    stdio: "ignore",
    env: {
      ...IDLE_SETTINGS,
      PORT: String(port),
      ZEKT_DATA_DIR: data,
      GITHUB_API_URL: github.url,
      GITHUB_URL: github.url,
    },
  });
  try {
    const ready = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => null))?.ok ?? false;
    while (!(await ready())) {
      if (server.exitCode !== null) throw new Error(`The server ended with ${server.exitCode}.`);
      await wait(5);
    }
    const readyMs = performance.now() - startedAt;
    await wait(SETTLING * 1000);
    const [child = ""] = readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, "utf8").split(" ");
    const before = cpuSeconds(child);
    await wait(watched * 1000);
    const cpu = ((cpuSeconds(child) - before) / watched) * 100;
    const kB = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1];
    return { readyMs, memory: Number(kB) / 1024, cpu };
  } finally {
    server.kill();
    await once(server, "exit");
    github.close();
    rmSync(data, { recursive: true });
  }
}

/** Linux counts a process's time in hundredths of a second: its own code and the kernel's for it. */
function cpuSeconds(pid: string): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The bytes, compressed, of the scripts that the console loads before its first page is shown. */
function firstPageScript(): number {
  const dist = join(ROOT, "app/console/dist");
  const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8")) as Record<
    string,
    { file: string; imports?: string[] }
  >;
  const files = new Set<string>();
  const add = (name: string): void => {
    const chunk = manifest[name];
    if (!chunk || files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const one of chunk.imports ?? []) add(one);
  };
  for (const name of ["index.html", "pages/overview.tsx"]) add(name);
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(dist, file))).length, 0);
}
