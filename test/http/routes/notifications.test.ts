import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

let world: World;
let call: Call;
let path: string;

beforeAll(async () => {
  world = await startWorld();
  call = await documentedClient(world);
  path = `/repositories/${world.consumer}/notifications`;
});
afterAll(() => world.close());

const put = (body: object, login = "initech-dev") => call(login, path, { method: "PUT", body });
const read = async () => (await call("initech-dev", path)).json;
const URL = "https://hooks.example.com/zekt?key=needle";

test("nothing is told where nothing was chosen", async () => {
  expect(await read()).toEqual({
    by: "none",
    issue: null,
    url: null,
    format: null,
    secret: null,
    problem: null,
  });
});

test("a webhook's secret is shown once, and anew only where a new one is asked for", async () => {
  const first = (await put({ by: "webhook", url: URL })).json;
  expect(first).toMatchObject({
    by: "webhook",
    url: URL,
    secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/),
  });
  expect(await read()).toMatchObject({ by: "webhook", url: URL, secret: null });
  expect((await put({ by: "webhook", url: URL })).json.secret).toBeNull();
  const second = (await put({ by: "webhook", url: URL, newSecret: true })).json;
  expect(second.secret).toMatch(/^whsec_/);
  expect(second.secret).not.toBe(first.secret);
  expect((await put({ by: "none" })).json.by).toBe("none");
});

test("a receiver's notices change their form, and their secret stays", async () => {
  const { secret } = (await put({ by: "webhook", url: `${URL}2` })).json;
  expect(secret).toMatch(/^whsec_/);
  expect((await put({ by: "webhook", url: `${URL}2`, format: "cloudevents" })).json.secret).toBeNull();
  expect(await read()).toMatchObject({ by: "webhook", format: "cloudevents" });
  expect((await put({ by: "none" })).json).toMatchObject({ by: "none", format: null });
});

test.each([
  ["http://hooks.example.com/", "https://"],
  ["https://127.0.0.1/", "private address"],
  ["https://[fd00::1]/", "private address"],
  ["https://localhost/", "private address"],
])("an address that nothing is sent to is refused: %s", async (url, why) => {
  const { status, json } = await put({ by: "webhook", url });
  expect([status, json.errors]).toMatchObject([
    400,
    [{ pointer: "/url", detail: expect.stringContaining(why) }],
  ]);
});

test("issues are refused with what it takes to have them while the App has no right to", async () => {
  const { status, json } = await put({ by: "issue" });
  expect([status, json.detail]).toEqual([403, expect.stringContaining("Issues: read and write")]);
  expect((await read()).by).toBe("none");
});

test("who maintains the other side neither reads nor sets it", async () => {
  await put({ by: "webhook", url: URL });
  const answers = [await call("acme-dev", path), await put({ by: "none" }, "acme-dev")];
  expect(answers.map(({ status }) => status)).toEqual([404, 404]);
  expect(answers.map(({ text }) => text).join()).not.toContain("needle");
});

test("who may only see the repository does not read an address, which may hold a secret", async () => {
  world.github.control.createAccount({ login: "watcher" });
  world.github.control.setRole("initech/consumer", "watcher", "triage");
  expect((await call("watcher", path)).status).toBe(403);
  for (const other of [`/repositories/${world.consumer}`, "/repositories"]) {
    expect((await call("watcher", other)).text).not.toContain("needle");
  }
});

test("a choice that there is not is refused", async () => {
  expect((await put({ by: "mail" })).status).toBe(400);
  expect((await put({ by: "webhook" })).status).toBe(400);
});
