import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nearestName } from "../../app/main/nearest-name.ts";
import { type Stage, setStage, until } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";

const SERVER = fileURLToPath(new URL("../../app/server.ts", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-start-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Starts the server with settings that stop it, and returns all that it says. */
function start(env: Record<string, string>): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SERVER], {
    cwd: folder,
    env: { PATH: process.env.PATH, ZEKT_DATA_DIR: join(folder, "data"), PORT: "0", ...env },
    encoding: "utf8",
    timeout: 15_000,
  });
  return { status, said: stdout + stderr };
}

const SOME = { APP_ID: "x", WEBHOOK_SECRET: "short", ZEKT_MASTER_KEY: "short" };

test("every setting that is wrong or missing is named at once, a misspelt one with the nearest", () => {
  const { status, said } = start({
    ...SOME,
    ZEKT_PUBLIC_URL: "foo",
    PORT: "x",
    LOG_LEVEL: "loud",
    PRIVATE_KEY_PATH: "/nowhere.pem",
    ZEKT_DATADIR: "y",
  });
  expect(status).toBe(1);
  for (const name of [
    "APP_ID",
    "WEBHOOK_SECRET",
    "ZEKT_MASTER_KEY",
    "GITHUB_CLIENT_ID",
    "GITHUB_CLIENT_SECRET",
    "ZEKT_PUBLIC_URL",
    "PORT",
    "LOG_LEVEL",
    "PRIVATE_KEY_PATH",
  ])
    expect(said).toMatch(new RegExp(`^  ${name}: `, "m"));
  expect(said).toContain("  ZEKT_DATADIR: there is no such setting. Is ZEKT_DATA_DIR meant?");
  expect(said).not.toMatch(/^ +at /m);
});

test("a name that is like no setting has no guess", () => {
  expect(nearestName("ZEKT_PUBLIC_ULR", ["ZEKT_PUBLIC_URL", "ZEKT_DATA_DIR"])).toBe("ZEKT_PUBLIC_URL");
  expect(nearestName("ZEKT_SOMETHING_ELSE", ["ZEKT_PUBLIC_URL", "ZEKT_DATA_DIR"])).toBeNull();
});

test("what keeps a server from starting is a sentence, not a stack", async () => {
  const other: Server = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  mkdirSync(join(folder, "damaged"));
  writeFileSync(join(folder, "damaged", "app.json"), "{");
  writeFileSync(join(folder, "file"), "");
  const cases: [Record<string, string>, string][] = [
    [{ PORT: String(port) }, "another process listens there"],
    [{ HOST: "192.0.2.1" }, "this machine has no such address"],
    [{ ZEKT_DATA_DIR: join(folder, "damaged") }, "app.json cannot be read; repair it"],
    [{ ZEKT_DATA_DIR: join(folder, "file", "data") }, "cannot be written (ENOTDIR)"],
  ];
  for (const [env, sentence] of cases) {
    const { status, said } = start(env);
    expect(said).toContain(sentence);
    expect(said).not.toMatch(/^ +at /m);
    expect(status).toBe(1);
  }
  other.close();
});

test("SIGTERM, also where it comes twice, says what the server waits for, answers the request under way, and ends with 0", async () => {
  const stage: Stage = await setStage({ log: silent });
  const [app] = stage.github.world.apps.values();
  const env = {
    PATH: process.env.PATH,
    ZEKT_DATA_DIR: join(folder, "data"),
    PORT: "0",
    APP_ID: String(app?.id),
    PRIVATE_KEY: app?.privateKey ?? "",
    WEBHOOK_SECRET: "a secret of eight",
    GITHUB_CLIENT_ID: app?.clientId ?? "",
    GITHUB_CLIENT_SECRET: app?.clientSecret ?? "",
    ZEKT_MASTER_KEY: "0".repeat(64),
    GITHUB_API_URL: stage.github.url,
    GITHUB_WEB_URL: stage.github.url,
    LOG_FORMAT: "pretty",
    ZEKT_DATADIR: "y",
  };
  const server = spawn(process.execPath, [SERVER], {
    cwd: folder,
    env: env as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [server.stdout, server.stderr])
    stream.on("data", (data: Buffer) => {
      said += data;
    });
  await until(() => said.includes("Zekt is up"));
  expect(said).toMatch(/WARN {2}setting\.unknown {10}A variable is no setting {2}setting=ZEKT_DATADIR/);
  const url = / url=(\S+)/.exec(said)?.[1] ?? "";
  stage.github.control.createAccount({ login: "mona" });
  const token = userToken(stage, "mona");
  const { faults } = stage.github;
  faults.add({ target: "api", route: "/user", count: 1, latency_ms: 1000 });
  const asked = fetch(`${url}/api/user`, { headers: { authorization: `Bearer ${token}` } });
  await until(() => faults.list().length === 0);
  server.kill("SIGTERM");
  await until(() => said.includes("app.stopping"));
  server.kill("SIGTERM");
  const [code] = (await once(server, "exit")) as [number];
  expect((await asked).status).toBe(200);
  expect(code).toBe(0);
  expect(said).toMatch(
    /app\.stopping +Zekt is stopping; it waits for what is under way {2}requests=1 {2}messages=\d+ {2}sweeping=/,
  );
  expect(said).toMatch(/app\.stopped +Zekt has stopped\n$/);
  await stage.close();
});
