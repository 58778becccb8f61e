import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPairs } from "../../../fake-github/runner/step-files.ts";
import type { StandIn } from "./fake-zekt.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

interface Step {
  inputs?: Record<string, string>;
  /** Over the environment that a runner gives; undefined takes a variable away. */
  env?: Record<string, string | undefined>;
  event?: object;
  /** Files in the workspace, where the step starts. */
  files?: Record<string, string | Uint8Array>;
}

/** The result of a step. */
export interface Ran {
  code: number | null;
  /** Its log. */
  log: string;
  /** The texts of its `::error::` lines. */
  errors: string[];
  stderr: string;
  outputs: Record<string, string>;
  summary: string;
  /** The content of the file at the output payload-path. */
  file: string | null;
}

/** Runs an action's built bundle as a runner does: a process of its own, by its environment alone. */
export async function runStep(action: string, standIn: StandIn, step: Step = {}): Promise<Ran> {
  const folder = mkdtempSync(join(tmpdir(), "step-"));
  try {
    const at = (name: string): string => join(folder, name);
    for (const name of ["output", "summary"]) writeFileSync(at(name), "");
    writeFileSync(at("event.json"), JSON.stringify(step.event ?? {}));
    for (const [name, content] of Object.entries(step.files ?? {})) writeFileSync(at(name), content);
    const inputs = Object.entries(step.inputs ?? {}).map(([name, value]) => [
      `INPUT_${name.toUpperCase()}`,
      value,
    ]);
    const { code, stdout, stderr } = await spawned(join(ROOT, "action", action, "dist/index.js"), folder, {
      PATH: process.env.PATH,
      GITHUB_ACTOR: "octocat",
      GITHUB_EVENT_NAME: "push",
      GITHUB_EVENT_PATH: at("event.json"),
      GITHUB_OUTPUT: at("output"),
      GITHUB_REF: "refs/heads/main",
      GITHUB_REPOSITORY: "acme/releases",
      GITHUB_RUN_ID: "9007199254740991",
      GITHUB_SHA: "0123456789abcdef0123456789abcdef01234567",
      GITHUB_STEP_SUMMARY: at("summary"),
      GITHUB_WORKFLOW: "Release",
      RUNNER_TEMP: folder,
      ACTIONS_ID_TOKEN_REQUEST_URL: `${standIn.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
      ZEKT_API_URL: standIn.url,
      ZEKT_ACTION_FIRST_WAIT_MS: "1",
      ...Object.fromEntries(inputs),
      ...step.env,
    });
    const outputs = readPairs(at("output"));
    const path = outputs["payload-path"];
    return {
      code,
      log: stdout,
      errors: [...stdout.matchAll(/^::error::(.*)$/gm)].map(([, text = ""]) => text),
      stderr,
      outputs,
      summary: readFileSync(at("summary"), "utf8"),
      file: path && existsSync(path) ? readFileSync(path, "utf8") : null,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function spawned(
  script: string,
  cwd: string,
  env: Record<string, string | undefined>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.on("error", reject).on("close", (code) => resolve({ code, stdout, stderr }));
  });
}
