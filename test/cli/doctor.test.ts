import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { REQUIRED_EVENTS, REQUIRED_PERMISSIONS } from "../../app/domain/installations/installation.ts";
import { API_VERSION } from "../../app/github/api-version.ts";
import type { App } from "../../fake-github/state.ts";
import { type Stage, setStage } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";
import { runZekt, type Surroundings } from "./run-zekt.ts";

let stage: Stage;
let data: string;
beforeAll(async () => {
  stage = await setStage({ log: silent });
  stage.github.control.createAccount({ login: "mona" });
});
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "zekt-doctor-"));
});
afterEach(() => rmSync(data, { recursive: true, force: true }));
afterAll(async () => await stage.close());

const app = (): App => [...stage.github.world.apps.values()][0] as App;

const settings = (): Record<string, string> => ({
  APP_ID: String(app().id),
  PRIVATE_KEY: app().privateKey,
  WEBHOOK_SECRET: "a secret of eight",
  GITHUB_CLIENT_ID: app().clientId,
  GITHUB_CLIENT_SECRET: app().clientSecret,
  ZEKT_MASTER_KEY: "0".repeat(64),
  GITHUB_API_URL: stage.github.url,
  GITHUB_WEB_URL: stage.github.url,
  ZEKT_PUBLIC_URL: stage.server.url,
  ZEKT_DATA_DIR: data,
});

interface Finding {
  check: string;
  state: string;
  found: string;
  remedy: string | null;
}

async function doctor(env: Record<string, string>, around: Surroundings = {}): Promise<Finding[]> {
  const { out, code } = await runZekt(["doctor", "--json"], { ...around, env });
  const findings = JSON.parse(out) as Finding[];
  expect(code).toBe(findings.some(({ state }) => state === "fault") ? 1 : 0);
  return findings;
}

const amiss = (findings: readonly Finding[]) => findings.filter(({ state }) => state !== "ok");

test("the permissions and events that it asks for are those of app.yml", () => {
  const { default_permissions, default_events } = parse(readFileSync("app.yml", "utf8"));
  expect(REQUIRED_PERMISSIONS).toEqual(default_permissions);
  expect(REQUIRED_EVENTS).toEqual(default_events);
});

test("of a server that is well, only what GitHub cannot reach is amiss here", async () => {
  const findings = await doctor(settings());
  expect(amiss(findings).map(({ found }) => found)).toEqual([
    `${stage.server.url} is an address that GitHub cannot reach`,
  ]);
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      "settings",
      "data",
      "server",
      "GitHub",
      "clock",
      "permissions",
      "events",
      "webhook",
      "device flow",
    ]),
  );
});

test("a person reads a line for each, with the remedy below", async () => {
  const { out, err, code } = await runZekt(["doctor"], { env: settings() });
  expect(code).toBe(1);
  expect(out).toMatch(/^ok {7}GitHub {7}accepts the key of the App zekt-demo$/m);
  expect(out).toMatch(
    /^fault {4}webhook {6}\S+ is an address that GitHub cannot reach\n {22}Set ZEKT_PUBLIC_URL/m,
  );
  expect(err).toBe("zekt: 1 fault.\n");
});

test("every wrong setting is named, and a misspelt one with the right name", async () => {
  const { APP_ID: _, ...without } = settings();
  const findings = await doctor({ ...without, ZEKT_PUBLIC_URL: "foo", PORT: "x", ZEKT_DATADIR: "y" });
  expect(amiss(findings).map(({ found }) => found.split(":")[0])).toEqual(
    expect.arrayContaining(["APP_ID", "ZEKT_PUBLIC_URL", "PORT", "ZEKT_DATADIR"]),
  );
  expect(findings.find(({ found }) => found.startsWith("ZEKT_DATADIR"))?.found).toContain(
    "Is ZEKT_DATA_DIR meant?",
  );
});

test("a folder whose server has no App yet is told how to make one, and not each of its settings", async () => {
  const findings = await doctor({ ZEKT_DATA_DIR: data, PORT: "x" });
  expect(findings.filter(({ check }) => check === "settings").map(({ found }) => found)).toEqual([
    "there is no GitHub App yet",
    "PORT: must be a number",
  ]);
});

test("it asks by the API version that the server speaks, and says where that is at its end", async () => {
  const before = stage.github.control.requests().length;
  await doctor(settings());
  const asked = stage.github.control.requests().slice(before);
  expect(new Set(asked.map(({ api_version }) => api_version))).toEqual(new Set([API_VERSION]));
  stage.github.control.configure({ endedVersions: [API_VERSION] });
  const findings = await doctor(settings());
  stage.github.control.configure({ endedVersions: [] });
  expect(findings.find(({ check }) => check === "GitHub")).toMatchObject({
    state: "fault",
    found:
      "answered 410 to the version of its API that this Zekt speaks: This API version is no longer supported.",
    remedy: "Update Zekt.",
  });
});

test("settings may come from .env, and from the first page", async () => {
  const { APP_ID, PRIVATE_KEY, ...rest } = settings();
  writeFileSync(join(data, "app.json"), JSON.stringify({ APP_ID, PRIVATE_KEY }));
  const env = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
  const findings = await doctor({}, { files: { ".env": env.join("\n") } });
  expect(findings.map(({ found }) => found)).toContain("accepts the key of the App zekt-demo");
});

test("the file of a key is the one that the server reads, whatever key the first page stored", async () => {
  const { APP_ID, PRIVATE_KEY, ...rest } = settings();
  writeFileSync(join(data, "app.json"), JSON.stringify({ APP_ID, PRIVATE_KEY }));
  const findings = await doctor({ ...rest, PRIVATE_KEY_PATH: "/nowhere.pem" });
  expect(amiss(findings).map(({ found }) => found)).toEqual([
    "PRIVATE_KEY_PATH: PRIVATE_KEY_PATH names /nowhere.pem, which cannot be read.",
  ]);
});

test.each([
  [
    "a failure without a reason",
    { route: "/app", status: 503, body: "<h1>Unavailable</h1>" },
    /^answered 503 to App \d+$/,
  ],
  [
    "a page",
    { route: "/app", status: 200, body: "<h1>GitHub</h1>" },
    /does not answer as GitHub's API does$/,
  ],
  [
    "a failure where the webhook's settings are",
    { route: "/app/hook/config", status: 503, body: { message: "Unavailable" } },
    /^GitHub answered 503 where its settings are$/,
  ],
])("%s is reported as what it is", async (_, fault, found) => {
  stage.github.faults.add(fault);
  const findings = amiss(await doctor({ ...settings(), ZEKT_PUBLIC_URL: "https://zekt.example.com" }));
  expect(findings.filter(({ check }) => check !== "server").map((one) => one.found)).toEqual([
    expect.stringMatching(found),
  ]);
});

test("a clock that is off is reported with its remedy", async () => {
  const findings = await doctor(settings(), { now: () => Date.now() + 120_000 });
  const clock = findings.find(({ check }) => check === "clock");
  expect(clock).toMatchObject({ state: "fault", remedy: "Set this machine's clock by NTP." });
  expect(clock?.found).toMatch(/^(119|120|121) s ahead of GitHub$/);
});

test("a missing permission, event, webhook address and content type each have their remedy", async () => {
  const kept = { permissions: app().permissions, events: app().events, hook: { ...app().hook } };
  Object.assign(app(), {
    permissions: { ...kept.permissions, contents: "read" },
    events: ["push"],
    deviceFlow: false,
  });
  Object.assign(app().hook, { url: "https://elsewhere.example.com/", contentType: "form" });
  const found = amiss(await doctor(settings())).map((one) => one.found);
  Object.assign(app(), { permissions: kept.permissions, events: kept.events, deviceFlow: true });
  Object.assign(app().hook, kept.hook);
  expect(found).toEqual([
    "the App lacks contents: write",
    "the App does not subscribe to installation_target, repository",
    "GitHub sends the App's webhooks to https://elsewhere.example.com/",
    `${stage.server.url} is an address that GitHub cannot reach`,
    "its content type is a form",
    "it is off, so zekt login does not work",
  ]);
});

test.each<[string, number[], RegExp]>([
  [
    "answered 401 have the secret's remedy",
    [202, 401, 401],
    /^Set the webhook's secret .* to that of WEBHOOK_SECRET\.$/,
  ],
  ["failed otherwise are looked up", [202, 502, 0], /^See Recent deliveries under Advanced /],
])("webhooks that %s", async (_, statuses, remedy) => {
  const body = statuses.map((status_code, id) => ({ id, status_code }));
  stage.github.faults.add({ route: "/app/hook/deliveries*", status: 200, body });
  const findings = await doctor(settings());
  const { found } = findings.find(({ remedy: one }) => remedy.test(one ?? "")) ?? {};
  expect(found).toMatch(/^2 of the last 3 failed \(\d/);
});

test("a key that GitHub does not accept, and a GitHub that is not there, are distinguished", async () => {
  const refused = await doctor({ ...settings(), APP_ID: "999" });
  expect(amiss(refused).find(({ check }) => check === "GitHub")?.remedy).toContain("Check APP_ID");
  const gone = await doctor({ ...settings(), GITHUB_API_URL: "http://127.0.0.1:1" });
  expect(amiss(gone).find(({ check }) => check === "GitHub")?.found).toContain("cannot be reached");
});

test("a server that does not run, and a folder that cannot be written, are named", async () => {
  const findings = await doctor({ ...settings(), ZEKT_PUBLIC_URL: "http://127.0.0.1:1" });
  expect(amiss(findings).find(({ check }) => check === "server")?.remedy).toContain("Start Zekt");
  if (process.getuid?.() === 0) return;
  chmodSync(data, 0o500);
  expect(amiss(await doctor(settings())).map(({ check }) => check)).toContain("data");
});

test("a user's way to Zekt is checked: address, clock and token", async () => {
  const env = { ZEKT_URL: stage.server.url, ZEKT_TOKEN: userToken(stage, "mona") };
  const findings = await doctor(env);
  expect(findings.map(({ check, state }) => [check, state])).toEqual([
    ["API", "ok"],
    ["clock", "ok"],
    ["login", "ok"],
  ]);
  expect(amiss(await doctor({ ...env, ZEKT_TOKEN: "ghu_nothing_at_all" }))).toMatchObject([
    { check: "login", state: "fault", remedy: "Run zekt login." },
  ]);
  expect(amiss(await doctor({ ...env, ZEKT_URL: stage.github.url }))).toMatchObject([
    { check: "API", state: "fault" },
  ]);
});

test("where there is nothing to check it says how to name something", async () => {
  expect(await doctor({ ZEKT_DATA_DIR: join(data, "nothing") })).toMatchObject([
    { check: "settings", state: "fault" },
  ]);
});
