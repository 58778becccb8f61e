import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const has = (command: string): boolean => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-deploy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const containerfile = readFileSync(`${ROOT}deploy/Containerfile`, "utf8");
/** The files that the Containerfile copies from the clone. */
const COPIED = [...containerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
  names.split(" "),
);

test("what the Containerfile copies is enough to start the server, and for the command line", async () => {
  expect(COPIED).toContain("app");
  for (const name of COPIED)
    cpSync(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.endsWith("/dist"),
    });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const zekt = ["scripts/run.mjs", "--production", "cli/main.ts", "fixture", "acme/releases/nightly"];
  const printed = spawnSync(process.execPath, zekt, { cwd: folder, encoding: "utf8" });
  expect([printed.status, printed.stderr]).toEqual([0, ""]);
  const [, command = "[]"] = /^CMD (\[.+\])$/m.exec(containerfile) ?? [];
  const [name, ...args] = JSON.parse(command) as string[];
  const server = spawn(name === "node" ? process.execPath : (name ?? ""), args, {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: "0", ZEKT_DATA_DIR: join(folder, "data") } as NodeJS.ProcessEnv,
  });
  let said = "";
  for (const stream of [server.stdout, server.stderr])
    stream.on("data", (data: Buffer) => {
      said += data;
    });
  try {
    await until(() => said.includes("There is no GitHub App yet."));
    const [, url = ""] = /Open (\S+) to make one/.exec(said) ?? [];
    expect(await (await fetch(url)).text()).toContain("Zekt has no GitHub App yet");
  } finally {
    server.kill("SIGTERM");
  }
});

test("the container's settings are ones that Zekt has, and its health check is that of its port", () => {
  const example = readFileSync(`${ROOT}.env.example`, "utf8");
  const [, set = ""] = /^ENV (.+)$/m.exec(containerfile) ?? [];
  const names = set.split(" ").map((one) => one.split("=")[0] ?? "");
  for (const name of names.filter((one) => one !== "NODE_ENV"))
    expect(example).toMatch(new RegExp(`^${name}=`, "m"));
  expect(containerfile).toContain("fetch('http://127.0.0.1:3000/healthz')");
  expect(containerfile).toMatch(/^USER node$/m);
});

test.runIf(has("systemd-analyze"))("systemd takes the unit, whose command is there", () => {
  const unit = join(folder, "zekt.service");
  const clone = ROOT.replace(/\/$/, "");
  writeFileSync(unit, readFileSync(`${ROOT}deploy/zekt.service`, "utf8").replaceAll("/opt/zekt", clone));
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
  // Other units of the machine are none of ours.
  const said = (stdout + stderr).split("\n").filter((line) => line.includes("zekt.service"));
  expect(said).toEqual([]);
  expect(status === 0 || !stderr.includes("zekt")).toBe(true);
  const [, script = ""] =
    /^ExecStart=\S+ (\S+) --production app\/server\.ts$/m.exec(readFileSync(unit, "utf8")) ?? [];
  expect(existsSync(join(ROOT, script))).toBe(true);
});
