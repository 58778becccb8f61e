import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { startWorld, type World } from "../../harness/world.ts";
import type { Surroundings } from "./run-zekt.ts";
import { runZekt } from "./run-zekt.ts";

let world: World;
let config: string;
beforeAll(async () => {
  world = await startWorld();
});
beforeEach(() => {
  config = mkdtempSync(join(tmpdir(), "zekt-login-"));
});
afterEach(() => {
  rmSync(config, { recursive: true, force: true });
  app().deviceFlow = true;
});
afterAll(async () => await world.close());

const app = () => [...world.github.world.apps.values()][0] as { deviceFlow: boolean; slug: string };
const file = () => join(config, "zekt", "logins.json");
const zekt = (args: readonly string[], around: Surroundings = {}) =>
  runZekt(args, { ...around, env: { XDG_CONFIG_HOME: config, ...around.env } });

/** Enters the code that GitHub gave last, as the user does in a browser. */
async function enterCode(login: string): Promise<boolean> {
  const [grant] = [...world.github.control.parts.grants.devices.values()].reverse();
  const form = new URLSearchParams({ user_code: grant?.userCode ?? "", login });
  await fetch(`${world.github.url}/login/device`, { method: "POST", body: form });
  // GitHub's own clock decides whether a poll comes too early.
  world.github.control.advanceClock(5000);
  return true;
}

const logIn = (around: Surroundings = {}) =>
  zekt(["login", "--url", world.server.url], { wait: () => enterCode("initech-dev"), ...around });

test("a user enters a code, and every command then works without a token", async () => {
  const { code, out, err } = await logIn();
  expect(code).toBe(0);
  expect(err).toMatch(/^Open http\S+\/login\/device and enter the code [0-9A-F]{4}-[0-9A-F]{4}\n$/);
  const { id } = world.github.control.account("initech-dev");
  expect(out).toBe(`Logged in to ${world.server.url}/ as initech-dev, whose user id is ${id}.\n`);
  expect(await zekt(["deliveries", "initech/consumer"])).toMatchObject({ code: 0 });
});

test("the token is in a file that nobody else may read, in a folder of its own", async () => {
  await logIn();
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(statSync(join(config, "zekt")).mode & 0o777).toBe(0o700);
  chmodSync(file(), 0o644);
  const { code, err } = await zekt(["deliveries", "initech/consumer"]);
  expect(code).toBe(2);
  expect(err).toContain("Others may read");
});

test("it waits until the code is entered, and longer where GitHub says so", async () => {
  const waits: number[] = [];
  await logIn({
    wait(ms) {
      waits.push(ms);
      // The second poll comes too early by GitHub's clock.
      if (waits.length === 3) return enterCode("initech-dev").then(() => true);
      return true;
    },
  });
  expect(waits).toEqual([5000, 5000, 10_000]);
});

test("it waits as long as GitHub says where that is longer", async () => {
  const waits: number[] = [];
  const body = { error: "slow_down", interval: 60 };
  world.github.faults.add({ route: "/login/oauth/access_token", status: 200, body });
  await logIn({ wait: (ms) => (waits.push(ms) === 2 ? enterCode("initech-dev") : true) });
  expect(waits).toEqual([5000, 60_000]);
});

test.each([
  ["a connection that is cut off", { drop: "before" }, "cannot be reached"],
  ["an error in JSON without a reason", { status: 503, body: { message: "Unavailable" } }, "answered 503"],
  ["an error in JSON with a reason", { status: 500, body: { error: "server_error" } }, "answered 500"],
] as const)("%s does not end it: it asks again, ever later", async (_, fault, message) => {
  const waits: number[] = [];
  world.github.faults.add({ route: "/login/oauth/access_token", count: 5, ...fault });
  const { code, err } = await logIn({
    wait(ms) {
      waits.push(ms);
      return waits.length === 6 ? enterCode("initech-dev") : true;
    },
  });
  expect(code).toBe(0);
  expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  expect(err.match(/Trying again until the code expires/g)).toHaveLength(1);
  expect(err).toContain(message);
});

test("a poll that was answered ends the longer waits", async () => {
  const waits: number[] = [];
  world.github.faults.add({ route: "/login/oauth/access_token", status: 502 });
  await logIn({
    wait(ms) {
      waits.push(ms);
      world.github.control.advanceClock(ms);
      return waits.length === 3 ? enterCode("initech-dev") : true;
    },
  });
  expect(waits).toEqual([5000, 10_000, 5000]);
});

test("a GitHub that does not answer until the code expires ends it", async () => {
  world.github.faults.add({ route: "/login/oauth/access_token", status: 503, count: 100 });
  let now = Date.now();
  const { code, err } = await logIn({
    now: () => now,
    wait(ms) {
      now += ms;
      return true;
    },
  });
  world.github.faults.clear();
  expect({ code, err: err.split("\n").at(-2) }).toEqual({
    code: 1,
    err: "zekt: The code has expired; run zekt login again.",
  });
});

test("a code that GitHub does not give is no refusal", async () => {
  world.github.faults.add({ route: "/login/device/code", status: 503, body: { message: "Unavailable" } });
  const { code, err } = await logIn();
  expect(code).toBe(3);
  expect(err).toContain("answered 503");
});

test("a Zekt that fails once GitHub gave the token is not said to refuse it", async () => {
  let isFirst = true;
  world.github.faults.add({ route: "/applications/*/token", status: 503, count: 20 });
  const { code, err } = await logIn({
    wait() {
      if (!isFirst) return false;
      isFirst = false;
      return enterCode("initech-dev");
    },
  });
  world.github.faults.clear();
  expect(code).toBe(3);
  expect(err).toContain("Run zekt login again.");
});

test("Ctrl+C ends it, and nothing is stored", async () => {
  expect(await logIn({ wait: () => false })).toMatchObject({ code: 130, out: "" });
  expect(() => statSync(file())).toThrow();
});

test("an App without the device flow says who turns it on", async () => {
  app().deviceFlow = false;
  const { code, err } = await logIn();
  expect(code).toBe(1);
  expect(err).toContain("Enable Device Flow");
});

test("a token that is about to end is exchanged, once for the next commands", async () => {
  await logIn();
  const before = JSON.parse(readFileSync(file(), "utf8"));
  const [key] = Object.keys(before.logins);
  before.logins[key as string].expiresAt = new Date(Date.now() + 30_000).toISOString();
  writeFileSync(file(), JSON.stringify(before));
  expect(await zekt(["deliveries", "initech/consumer"])).toMatchObject({ code: 0 });
  const after = JSON.parse(readFileSync(file(), "utf8")).logins[key as string];
  expect(after.token).not.toBe(before.logins[key as string].token);
  expect(after.login).toBe("initech-dev");
  expect(statSync(file()).mode & 0o777).toBe(0o600);
  expect(await zekt(["deliveries", "initech/consumer"])).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(file(), "utf8")).logins[key as string]).toEqual(after);
});

/** Makes the stored token end soon; returns the key of its Zekt. */
function endSoon(): string {
  const stored = JSON.parse(readFileSync(file(), "utf8"));
  const [key] = Object.keys(stored.logins) as [string];
  stored.logins[key].expiresAt = new Date(Date.now() + 30_000).toISOString();
  writeFileSync(file(), JSON.stringify(stored));
  return key;
}

test("a command that goes on for days exchanges its token as it ends", async () => {
  await logIn();
  const before = readFileSync(file(), "utf8");
  let waits = 0;
  const { code } = await zekt(["tail", "initech/consumer", "--every", "1"], {
    wait: () => {
      waits += 1;
      if (waits === 1) endSoon();
      return waits < 3;
    },
  });
  expect(code).toBe(0);
  const tokenOf = (text: string) => (Object.values(JSON.parse(text).logins)[0] as { token: string }).token;
  expect(tokenOf(readFileSync(file(), "utf8"))).not.toBe(tokenOf(before));
});

test("a login that GitHub takes no more asks to log in again", async () => {
  await logIn();
  const stored = JSON.parse(readFileSync(file(), "utf8"));
  const [key] = Object.keys(stored.logins) as [string];
  stored.logins[key].token = "ghu_that_was_revoked";
  writeFileSync(file(), JSON.stringify(stored));
  const { code, err } = await zekt(["deliveries", "initech/consumer"]);
  expect({ code, err }).toEqual({
    code: 1,
    err: `zekt: GitHub does not take your login at ${key} any more; run zekt login --url ${key} again.\n`,
  });
});

const waitReally = (ms: number): Promise<boolean> =>
  new Promise((resolve) => setTimeout(() => resolve(true), ms));

test("of commands that exchange a token at once, none is told to log in again", async () => {
  await logIn();
  endSoon();
  const args = ["deliveries", "initech/consumer"];
  const ran = await Promise.all([1, 2, 3].map(() => zekt(args, { wait: waitReally })));
  expect(ran.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await zekt(args)).toMatchObject({ code: 0 });
});

test.each([
  ["a login", () => logIn({ wait: () => enterCode("initech-dev").then(exchangeOther) })],
  [
    "an exchange",
    async () => {
      endSoon();
      world.github.faults.add({ method: "POST", route: "/login/oauth/access_token", latency_ms: 150 });
      const ran = zekt(["deliveries", "initech/consumer"]);
      await waitReally(50);
      exchangeOther();
      return await ran;
    },
  ],
])("%s leaves what another command exchanges meanwhile at another Zekt", async (_, command) => {
  await logIn();
  const stored = JSON.parse(readFileSync(file(), "utf8"));
  const [login] = Object.values(stored.logins) as object[];
  stored.logins[OTHER] = { ...login, token: "ghu_before" };
  writeFileSync(file(), JSON.stringify(stored));
  expect(await command()).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(file(), "utf8")).logins[OTHER].token).toBe("ghu_after");
});

const OTHER = "https://other.example/";

/** Stores another token for another Zekt, as a command of its own does. */
function exchangeOther(): boolean {
  const stored = JSON.parse(readFileSync(file(), "utf8"));
  stored.logins[OTHER].token = "ghu_after";
  writeFileSync(file(), JSON.stringify(stored));
  return true;
}

test("a stream whose token GitHub cannot exchange just now is opened again later", async () => {
  await logIn();
  let waits = 0;
  const { code, err } = await zekt(["tail", "initech/consumer"], {
    wait: (_, signal) => {
      waits += 1;
      if (waits === 1) {
        endSoon();
        world.github.faults.add({ route: "/login/oauth/access_token", drop: "before", count: 2 });
      }
      // A quiet minute, then what is tried again, and Ctrl+C.
      return signal ? waits === 1 : waits < 5;
    },
  });
  expect({ code, err: err.match(/Trying again|answers again/g) }).toEqual({
    code: 0,
    err: ["Trying again", "answers again"],
  });
});

test("a refresh token that has ended asks to log in again", async () => {
  await logIn();
  const stored = JSON.parse(readFileSync(file(), "utf8"));
  const [key] = Object.keys(stored.logins);
  Object.assign(stored.logins[key as string], {
    expiresAt: new Date(Date.now()).toISOString(),
    refreshToken: "ghr_nothing",
  });
  writeFileSync(file(), JSON.stringify(stored));
  const { code, err } = await zekt(["deliveries", "initech/consumer"]);
  expect(code).toBe(1);
  expect(err).toContain("run zekt login again");
});

test("a damaged file says so, and logout --all removes it", async () => {
  await logIn();
  writeFileSync(file(), "{");
  expect((await zekt(["deliveries", "initech/consumer"])).err).toContain("is damaged");
  expect(await zekt(["logout", "--all"])).toMatchObject({ code: 0 });
  expect(() => statSync(file())).toThrow();
});

test("logout forgets one login, and a second time there is none", async () => {
  await logIn();
  expect(await zekt(["logout"])).toMatchObject({ code: 0, out: `Logged out of ${world.server.url}/.\n` });
  expect(readFileSync(file(), "utf8")).not.toMatch(/ghu_|ghr_/);
  expect(await zekt(["logout"])).toMatchObject({ code: 1 });
  expect((await zekt(["deliveries", "initech/consumer"])).code).toBe(2);
});

test("a token of the environment comes before the login", async () => {
  await logIn();
  const env = { ZEKT_TOKEN: "ghu_nothing_that_anybody_has" };
  expect(await zekt(["deliveries", "initech/consumer"], { env })).toMatchObject({ code: 1 });
});

test("an address that is no Zekt is refused before GitHub is asked", async () => {
  const { code, err } = await zekt(["login", "--url", world.github.url]);
  expect(code).toBe(3);
  expect(err).toContain("not as Zekt does");
});
