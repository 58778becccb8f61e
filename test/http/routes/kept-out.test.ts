import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { leftOutOf } from "../../../app/github/kept-out.ts";
import type { Guard } from "../../../fake-github/guards.ts";
import { startWorld, type World } from "../../../harness/world.ts";
import { clientOf } from "../client.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
  world.github.control.setMember("initech", "initech-dev", "admin");
  world.github.control.createAccount({ login: "stranger" });
});
afterAll(() => world.close());
afterEach(() => guard("initech"));

const guard = (organization: string, ...guards: Guard[]) =>
  world.github.control.setGuards(organization, guards);
/** Asks by a token of which nothing is known yet. */
const ask = async (path: string, sent: object = {}) => {
  const { status, json } = await clientOf(world)("initech-dev", path, sent);
  return [status, json.detail];
};

test("lists say which organizations GitHub left out of them, and where one signs on", async () => {
  const leftOut = async () => (await clientOf(world)("initech-dev", "/installations")).json.leftOut;
  expect(await leftOut()).toEqual([]);
  guard("initech", "single-sign-on");
  const { id } = world.github.control.account("initech");
  expect(await leftOut()).toEqual([
    { ownerId: String(id), login: "initech", signOnUrl: `${world.github.url}/orgs/initech/sso` },
  ]);
});

test("somebody who has not signed on to their organization reads that they must, and where", async () => {
  guard("initech", "single-sign-on");
  const refused = [
    403,
    `The organization asks for single sign-on, so that GitHub shows nothing of it to this sign-in. Open ${world.github.url}/orgs/initech/sso, and then sign in to Zekt again.`,
  ];
  expect(await ask(`/repositories/${world.consumer}`)).toEqual(refused);
  const { id } = world.github.control.account("initech");
  expect(await ask(`/owners/${id}/audit`)).toEqual(refused);
  world.github.control.signOn("initech-dev", "initech");
  expect((await ask(`/repositories/${world.consumer}`))[0]).toBe(200);
});

test("organizations that GitHub leaves out are read from its header, and nothing from any other", () => {
  expect(leftOutOf("partial-results; organizations=21955855,20582480")).toEqual(["21955855", "20582480"]);
  expect(leftOutOf("required; url=https://github.com/orgs/octodocs-test/sso")).toEqual([]);
  expect(leftOutOf(undefined)).toEqual([]);
});

test("one side's sign-on hides nothing of what the other side may see", async () => {
  guard("acme", "single-sign-on");
  expect((await ask(`/subscriptions/${world.subscriptionId}`))[0]).toBe(200);
  guard("acme");
});

test("a stranger reads nothing of an organization's sign-on", async () => {
  guard("initech", "single-sign-on");
  const { json } = await clientOf(world)("stranger", `/repositories/${world.consumer}`);
  expect(json.detail).toBe("Not found, or you don't have access.");
});

const NOT_LISTED =
  "The organization's IP allow list lacks this Zekt's address, so that GitHub shows it nothing there. An owner adds the address in the organization's settings, under Authentication security.";

test("an IP allow list without Zekt's address is named to users", async () => {
  guard("initech", "ip-allow-list");
  expect(await ask(`/repositories/${world.consumer}`)).toEqual([403, NOT_LISTED]);
});

test("a stranger is not told by an IP allow list which organization a subscription's provider is", async () => {
  guard("acme", "ip-allow-list");
  const { json } = await clientOf(world)("stranger", `/subscriptions/${world.subscriptionId}`);
  guard("acme");
  expect(json.detail).toBeTypeOf("string");
  expect(json.detail).not.toContain("acme");
});

test.each([
  ["reading files", (call: Ask) => call("POST", `/repositories/${world.consumer}/zekt-file`)],
  ["a preflight", (call: Ask) => call("GET", `/subscriptions/${world.subscriptionId}/preflight`)],
  ["placing a webhook", (call: Ask) => call("PATCH", `/repositories/${world.consumer}`, { tracking: true })],
])("an IP allow list without Zekt's address is named by %s", async (_, act) => {
  const call = clientOf(world);
  // The user's right was read before the list was made.
  await call("initech-dev", `/repositories/${world.consumer}`);
  guard("initech", "ip-allow-list");
  const answer = await act((method, path, body) => call("initech-dev", path, { method, body }));
  expect(JSON.stringify(answer.json)).toContain(NOT_LISTED);
});

type Ask = (method: string, path: string, body?: unknown) => ReturnType<ReturnType<typeof clientOf>>;
