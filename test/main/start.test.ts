import { spawn, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { nearestName } from "../../app/domain/nearest-name.ts";
import { readConfig, readPart } from "../../app/main/config.ts";
import { urlOf } from "../../app/main/host-and-port.ts";
import { folderProblem } from "../../app/main/require-folder.ts";
import { listen } from "../../app/main/start-server.ts";
import { type Stage, setStage, until } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";
import { startProxy } from "../support/proxy.ts";
import { startSmeeChannel } from "../support/smee-channel.ts";

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
    timeout: 40_000,
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
    ZEKT_BREAKER_LIMIT: "0",
    ZEKT_MASTER_KEY_VERSION: "1.5",
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
  for (const line of [
    "PORT: must be a number",
    "ZEKT_BREAKER_LIMIT: must be 1 or more",
    "ZEKT_MASTER_KEY_VERSION: must be a whole number",
    "ZEKT_PUBLIC_URL: must be an address, such as https://zekt.example.com",
    "LOG_LEVEL: must be one of trace, debug, info, warn, error, fatal, silent",
  ])
    expect(said).toContain(`  ${line}\n`);
  expect(said).toContain("  ZEKT_DATADIR: there is no such setting. Is ZEKT_DATA_DIR meant?");
  expect(said).not.toMatch(/^ +at /m);
});

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const GOOD = {
  APP_ID: "1",
  PRIVATE_KEY: privateKey.export({ type: "pkcs1", format: "pem" }) as string,
  WEBHOOK_SECRET: "a secret of eight",
  ZEKT_MASTER_KEY: "k".repeat(64),
  GITHUB_CLIENT_ID: "id",
  GITHUB_CLIENT_SECRET: "secret",
};

test.each([
  ["HTTPS://Zekt.Example.com:443/", "https://zekt.example.com"],
  ["https://bücher.example", "https://xn--bcher-kva.example"],
  [" http://127.0.0.1:3000// ", "http://127.0.0.1:3000"],
])("the public address %j is read as %s", (given, read) => {
  expect(readConfig({ ...GOOD, ZEKT_PUBLIC_URL: given }).ZEKT_PUBLIC_URL).toBe(read);
});

test.each([
  [{ ZEKT_PUBLIC_URL: "https://a:b@zekt.example.com" }, "ZEKT_PUBLIC_URL: must be an address alone"],
  [{ ZEKT_PUBLIC_URL: "https://zekt.example.com?a=b" }, "ZEKT_PUBLIC_URL: must be an address alone"],
  [{ ZEKT_PUBLIC_URL: "https://zekt.example.com/#a" }, "ZEKT_PUBLIC_URL: must be an address alone"],
  [{ ZEKT_PUBLIC_URL: "https://example.com/zekt/" }, "without a path, a user, ? or #"],
  [{ GITHUB_OIDC_ISSUER: "," }, "GITHUB_OIDC_ISSUER: must be addresses such as"],
  [{ ZEKT_MASTER_KEY_PREVIOUS: "short" }, "ZEKT_MASTER_KEY_PREVIOUS: must have at least 32 characters"],
  [
    { ZEKT_MASTER_KEY_PREVIOUS: "p".repeat(64) },
    "ZEKT_MASTER_KEY_VERSION: must be raised by one with each new ZEKT_MASTER_KEY",
  ],
  [
    { ZEKT_MASTER_KEY_PREVIOUS: "k".repeat(64), ZEKT_MASTER_KEY_VERSION: "2" },
    "ZEKT_MASTER_KEY_PREVIOUS: must be the key before",
  ],
  [
    { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer a" },
    "OTEL_EXPORTER_OTLP_HEADERS: must be name=value, with commas between them and values percent-encoded",
  ],
])("settings that are wrong by themselves or together are refused: %j", (env, said) => {
  expect(() => readConfig({ ...GOOD, ...env })).toThrow(said);
});

test("the file of a key goes before the key that the first page stored, and so does whatever else is set", async () => {
  const stage = await setStage({ log: silent });
  onTestFinished(() => stage.close());
  const { github } = stage;
  github.control.createAccount({ login: "mona" });
  github.control.setSignIn("mona");
  const settings = {
    GITHUB_API_URL: github.url,
    GITHUB_WEB_URL: github.url,
    ZEKT_APP_URL: "https://github.example.com/github-apps/ours",
    ZEKT_MASTER_KEY: "k".repeat(64),
  };
  const before = begin(settings);
  await until(() => before.said.includes(" to make one."));
  const url = /Open (\S+)/.exec(before.said)?.[1] ?? "";
  const page = await (await fetch(url)).text();
  const [, action = ""] = /action="([^"]*apps\/new[^"]*)"/.exec(page) ?? [];
  const [, manifest = ""] = /name="manifest" value="([^"]*)"/.exec(page) ?? [];
  const made = await fetch(action, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ manifest: manifest.replaceAll("&quot;", '"') }),
  });
  await fetch(made.headers.get("location") ?? "", { redirect: "manual" });
  await until(() => before.said.includes("Zekt is up"));
  // The first run goes by the same settings as all that follow.
  expect(await (await fetch(url)).text()).toContain(settings.ZEKT_APP_URL);
  before.server.kill();
  await before.ended;
  expect(start({ ...settings, PRIVATE_KEY_PATH: "/nowhere.pem" })).toEqual({
    status: 1,
    said: expect.stringContaining("PRIVATE_KEY_PATH names /nowhere.pem, which cannot be read."),
  });
}, 120_000);

test("a data folder that a newer version has used is refused in a sentence", () => {
  mkdirSync(join(folder, "data"), { recursive: true });
  const db = new DatabaseSync(join(folder, "data", "zekt.db"));
  db.exec("PRAGMA user_version = 1000");
  db.close();
  const { status, said } = start(GOOD);
  expect([status, said.trim()]).toEqual([
    1,
    expect.stringMatching(/^The data folder was used by a newer version: its data has format 1000, .*$/),
  ]);
}, 60_000);

test("a GitHub that does not answer at a start is no key that it refuses", () => {
  const { status, said } = start({ ...GOOD, GITHUB_API_URL: "http://127.0.0.2:65431" });
  expect(said).toContain("does not tell the name of the App 1. Start again once it does");
  expect(said).toContain("GitHub could not be reached (ECONNREFUSED)");
  expect([status, said.includes("PRIVATE_KEY")]).toEqual([1, false]);
}, 180_000);

test("a part of the settings is refused where they are wrong together", () => {
  const env = { ZEKT_MASTER_KEY: "k".repeat(64), ZEKT_MASTER_KEY_PREVIOUS: "p".repeat(64) };
  const names = ["ZEKT_MASTER_KEY", "ZEKT_MASTER_KEY_PREVIOUS", "ZEKT_MASTER_KEY_VERSION"] as const;
  expect(() => readPart(env, names)).toThrow("ZEKT_MASTER_KEY_VERSION: must be raised");
  expect(readPart({ ...env, ZEKT_MASTER_KEY_VERSION: "2" }, names).ZEKT_MASTER_KEY_VERSION).toBe(2);
});

test("a variable that holds only blanks counts as not set", () => {
  const PRIVATE_KEY_PATH = join(folder, "key.pem");
  writeFileSync(PRIVATE_KEY_PATH, GOOD.PRIVATE_KEY);
  const read = readConfig({ ...GOOD, PRIVATE_KEY: " ", PRIVATE_KEY_PATH }).PRIVATE_KEY;
  expect(read).toBe(readConfig(GOOD).PRIVATE_KEY);
  expect(readConfig({ ...GOOD, PORT: " ", ZEKT_COST_PER_EVENT: "\t" })).toMatchObject({
    PORT: 3000,
    ZEKT_COST_PER_EVENT: 0,
  });
});

test.each([
  ["127.0.0.1", "http://127.0.0.1:3000"],
  ["::1", "http://[::1]:3000"],
  ["0.0.0.0", "http://127.0.0.1:3000"],
  ["::", "http://[::1]:3000"],
])("a server that listens on %s is opened at %s", (host, url) => {
  expect(urlOf(host, 3000)).toBe(url);
  expect(new URL(url).origin).toBe(url);
});

test("a data folder that the start makes is for its owner alone", () => {
  const made = join(folder, "data");
  expect(folderProblem(made)).toBeNull();
  expect(statSync(made).mode & 0o777).toBe(0o700);
});

test("a name that is like no setting has no guess", () => {
  expect(nearestName("ZEKT_PUBLIC_ULR", ["ZEKT_PUBLIC_URL", "ZEKT_DATA_DIR"])).toBe("ZEKT_PUBLIC_URL");
  expect(nearestName("ZEKT_SOMETHING_ELSE", ["ZEKT_PUBLIC_URL", "ZEKT_DATA_DIR"])).toBeNull();
});

test("a webhook that comes while the server starts waits until it is up, and is not refused", async () => {
  const listener = await listen("127.0.0.1", 0);
  onTestFinished(() => listener.close());
  const answer = fetch(`${listener.url}/github/webhooks`, { method: "POST", body: "a star" });
  await until(() => listener.active === 1);
  listener.serve(async (request) => new Response(`taken: ${await request.text()}`, { status: 202 }));
  const { status } = await answer;
  expect([status, await (await answer).text()]).toEqual([202, "taken: a star"]);
});

test("an answer of a server that stops ends its connection, so that no proxy sends another request on it", async () => {
  const listener = await listen("127.0.0.1", 0);
  const asked = Promise.withResolvers<void>();
  listener.serve(async () => {
    await asked.promise;
    return new Response("taken", { status: 202 });
  });
  const answer = fetch(listener.url);
  await until(() => listener.active === 1);
  const closed = listener.close();
  asked.resolve();
  expect((await answer).headers.get("connection")).toBe("close");
  await closed;
});

test("what keeps a server from starting is a sentence, not a stack", async () => {
  const other: Server = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  mkdirSync(join(folder, "damaged"));
  writeFileSync(join(folder, "damaged", "app.json"), "{");
  writeFileSync(join(folder, "file"), "");
  mkdirSync(join(folder, "no-database"));
  writeFileSync(join(folder, "no-database", "zekt.db"), "no database at all".repeat(100));
  const app = { ...GOOD, ZEKT_APP_SLUG: "zekt", ZEKT_APP_URL: "https://github.com/apps/zekt" };
  const cases: [Record<string, string>, string][] = [
    [{ PORT: String(port) }, "another process listens there"],
    [{ HOST: "192.0.2.1" }, "this machine has no such address"],
    [{ ZEKT_DATA_DIR: join(folder, "damaged") }, "app.json cannot be read; repair it"],
    [{ ZEKT_DATA_DIR: join(folder, "file", "data") }, "cannot be written (ENOTDIR)"],
    [
      { ...app, ZEKT_DATA_DIR: join(folder, "no-database") },
      "holds a database that is damaged (file is not a database)",
    ],
  ];
  for (const [env, sentence] of cases) {
    const { status, said } = start(env);
    expect(said).toContain(sentence);
    expect(said).not.toMatch(/^ +at /m);
    expect(status).toBe(1);
  }
  other.close();
}, 180_000);

/** Starts the server with settings of an App, and hears what it says. */
function run(stage: Stage, env: Record<string, string>) {
  const [app] = stage.github.world.apps.values();
  return begin({
    APP_ID: String(app?.id),
    PRIVATE_KEY: app?.privateKey ?? "",
    WEBHOOK_SECRET: "a secret of eight",
    GITHUB_CLIENT_ID: app?.clientId ?? "",
    GITHUB_CLIENT_SECRET: app?.clientSecret ?? "",
    ZEKT_MASTER_KEY: "0".repeat(64),
    GITHUB_API_URL: stage.github.url,
    GITHUB_WEB_URL: stage.github.url,
    ...env,
  });
}

/** Starts the server with settings, and hears what it says. */
function begin(env: Record<string, string>) {
  const settings = { PATH: process.env.PATH, ZEKT_DATA_DIR: join(folder, "data"), PORT: "0", ...env };
  const server = spawn(process.execPath, [SERVER], {
    cwd: folder,
    env: settings as NodeJS.ProcessEnv,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard = { server, said: "", ended: once(server, "exit") };
  for (const stream of [server.stdout, server.stderr])
    stream.on("data", (data: Buffer) => {
      heard.said += data;
    });
  return heard;
}

test("SIGTERM, also where it comes twice, says what the server waits for, answers the request under way, and ends with 0", async () => {
  const stage: Stage = await setStage({ log: silent });
  const heard = run(stage, { LOG_FORMAT: "pretty", ZEKT_DATADIR: "y" });
  const { server } = heard;
  await until(() => heard.said.includes("Zekt is up"));
  expect(heard.said).toMatch(/WARN {2}setting\.unknown {10}A variable is no setting {2}setting=ZEKT_DATADIR/);
  const url = / url=(\S+)/.exec(heard.said)?.[1] ?? "";
  stage.github.control.createAccount({ login: "mona" });
  const token = userToken(stage, "mona");
  const { faults } = stage.github;
  faults.add({ target: "api", route: "/user", count: 1, latency_ms: 1000 });
  const asked = fetch(`${url}/api/user`, { headers: { authorization: `Bearer ${token}` } });
  await until(() => faults.list().length === 0);
  server.kill("SIGTERM");
  await until(() => heard.said.includes("app.stopping"));
  server.kill("SIGTERM");
  const [code] = (await heard.ended) as [number];
  expect((await asked).status).toBe(200);
  expect(code).toBe(0);
  expect(heard.said).toMatch(
    /app\.stopping +Zekt is stopping; it waits for what is under way {2}requests=1 {2}messages=\d+ {2}sweeping=/,
  );
  expect(heard.said).toMatch(/app\.stopped +Zekt has stopped\n$/);
  await stage.close();
});

test("the server goes to GitHub through the proxy that its environment names", async () => {
  const stage = await setStage({ log: silent });
  const proxy = await startProxy(null);
  const url = "https://ghe.example.invalid";
  const heard = run(stage, { ...proxy.env, GITHUB_API_URL: `${url}/api/v3`, GITHUB_WEB_URL: url });
  await until(() => proxy.asked.length > 0);
  heard.server.kill("SIGKILL");
  await heard.ended;
  expect([...new Set(proxy.asked)]).toEqual(["ghe.example.invalid:443"]);
  proxy.close();
  await stage.close();
});

test("a smee channel is reached through the proxy, and what it brings goes to the server directly", async () => {
  const stage = await setStage({ log: silent });
  const channel = await startSmeeChannel();
  const proxy = await startProxy(Number(new URL(channel.url).port));
  const heard = run(stage, { ...proxy.env, ZEKT_SMEE_URL: "http://channel.example.invalid/a" });
  await until(() => heard.said.includes("smee.connected"));
  await fetch(channel.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "ping",
      "x-github-delivery": "1",
      "x-hub-signature-256": `sha256=${"0".repeat(64)}`,
    },
    body: "{}",
  });
  // It arrived, and is not GitHub's.
  await until(() => heard.said.includes("smee.mismatched"));
  expect([...new Set(proxy.asked)]).toEqual(["channel.example.invalid:80"]);
  heard.server.kill("SIGKILL");
  await heard.ended;
  channel.close();
  proxy.close();
  await stage.close();
});

test("a proxy that is no address is a sentence and not a stack", () => {
  const { status, said } = start({ HTTPS_PROXY: "socks5://127.0.0.1:1080" });
  const sentence = "HTTPS_PROXY must be an address such as http://proxy.example.com:8080.\n";
  expect([status, said]).toEqual([1, sentence]);
});
