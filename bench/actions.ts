import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { StandIn } from "../test/action/support/fake-zekt.ts";
import { type Figures, figure } from "./support/figures.ts";
import { median } from "./support/stats.ts";

const ROUNDS = 25;
const ROOT = fileURLToPath(new URL("..", import.meta.url));

interface Usage {
  wallMs: number;
  cpuMs: number;
  rssKb: number;
}

/** Writes at a process's end what it used; put before the empty process and before each step alike. */
const PROBE = `process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  require("node:fs").writeSync(3, JSON.stringify({ cpuMs: (userCPUTime + systemCPUTime) / 1000, rssKb: maxRSS }));
});`;

/** Measures the size and the duration of each action's step, against a Node process that does nothing. */
export async function actions(say: (line: string) => void): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "bench-actions-"));
  try {
    return await measure(folder, say);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function measure(folder: string, say: (line: string) => void): Promise<Figures> {
  const figures: Figures = {};
  const probe = join(folder, "probe.cjs");
  const empty = join(folder, "empty.cjs");
  writeFileSync(probe, PROBE);
  writeFileSync(empty, "");
  await using standIn = await StandIn.start(() => ({
    status: 200,
    json: {
      success: true,
      eventId: "message-1",
      consumersNotified: 1,
      message: "Stored.",
      deliveryId: "delivery-1",
      status: "Confirmed",
      confirmedAt: "2026-01-01T00:00:00Z",
      completedAt: "2026-01-01T00:00:00Z",
      confirmationAttempts: 1,
      duplicate: false,
      isFinalized: true,
    },
  }));
  const event = join(folder, "event.json");
  const zekt = { correlationId: "1", deliveryId: "delivery-1", payload: { version: "1.0" } };
  writeFileSync(event, JSON.stringify({ client_payload: { zekt } }));
  for (const name of ["output", "summary"]) writeFileSync(join(folder, name), "");
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    GITHUB_EVENT_NAME: "repository_dispatch",
    GITHUB_EVENT_PATH: event,
    GITHUB_OUTPUT: join(folder, "output"),
    GITHUB_STEP_SUMMARY: join(folder, "summary"),
    GITHUB_REF: "refs/heads/main",
    GITHUB_REPOSITORY: "acme/releases",
    GITHUB_RUN_ID: "1",
    GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
    GITHUB_WORKFLOW: "Release",
    RUNNER_TEMP: folder,
    ACTIONS_ID_TOKEN_REQUEST_URL: `${standIn.url}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
    ZEKT_API_URL: standIn.url,
    "INPUT_EVENT-TYPE": "built",
    INPUT_PAYLOAD: '{"version":"1.0"}',
    INPUT_SUCCESS: "true",
  };
  for (const action of ["send", "confirm", "complete"]) {
    const bundle = join(ROOT, "action", action, "dist/index.js");
    const used: Record<"step" | "empty", Usage[]> = { step: [], empty: [] };
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, script] of [
        ["empty", empty],
        ["step", bundle],
      ] as const) {
        const usage = await run(probe, script, env, folder);
        if (round > 0) used[name].push(usage);
      }
    }
    const of = (name: "step" | "empty", what: keyof Usage): number =>
      median(used[name].map((one) => one[what]));
    const compared = (what: keyof Usage, unit: string, atMost?: number) =>
      figure({
        value: of("step", what),
        unit,
        baseline: of("empty", what),
        against: `an empty Node ${process.versions.node} process`,
        ...(atMost === undefined ? {} : { atMost }),
      });
    figures[`actions: ${action}, bundle`] = figure({
      value: statSync(bundle).size / 1000,
      unit: "kB",
      ...(action === "send" ? { atMost: 600 } : {}),
    });
    figures[`actions: ${action}, wall`] = compared("wallMs", "ms", 2.5);
    figures[`actions: ${action}, CPU`] = compared("cpuMs", "ms");
    figures[`actions: ${action}, memory`] = compared("rssKb", "kB");
    say(`${action}: ${of("step", "wallMs").toFixed(1)} ms, empty ${of("empty", "wallMs").toFixed(1)} ms`);
  }
  if (!readFileSync(join(folder, "output"), "utf8").includes("message-1"))
    throw new Error("The steps did nothing.");
  return figures;
}

async function run(probe: string, script: string, env: Record<string, string>, cwd: string): Promise<Usage> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, ["--require", probe, script], {
    cwd,
    env,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  let told = "";
  (child.stdio[3] as NodeJS.ReadableStream).on("data", (chunk) => (told += chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  const wallMs = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${script} ended with ${code}.`);
  return { wallMs, ...(JSON.parse(told) as Omit<Usage, "wallMs">) };
}
