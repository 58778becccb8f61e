import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type Stage, setStage, until } from "../../../harness/stage.ts";
import { bringOn, silent } from "../../../harness/world.ts";
import { saveAccount } from "../../support/save-account.ts";
import { type Call, clientOf, userToken } from "../client.ts";

let stage: Stage;
let call: Call;
let repositoryId: string;

beforeAll(async () => {
  stage = await setStage({ log: silent });
  repositoryId = await bringOn(stage, "acme/provider");
});
afterAll(() => stage.close());
beforeEach(() => {
  // Other tokens than before, of which nothing is kept.
  call = clientOf(stage);
  stage.github.control.parts.requests.clear();
});
afterEach(() => {
  vi.restoreAllMocks();
  stage.github.faults.clear();
});

const asked = (path: RegExp): number =>
  stage.github.control.parts.requests.list().filter((one) => path.test(one.path)).length;
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

test("a user token issued to this App tells who is signed in", async () => {
  const { id } = stage.github.control.account("acme-dev");
  expect((await call("acme-dev", "/user")).json).toEqual({ userId: String(id), login: "acme-dev" });
});

test("a token of another App is refused", async () => {
  const other = stage.github.control.createApp({ name: "Other", owner: "acme" });
  const token = stage.github.control.userToken("acme-dev", other.client_id);
  expect((await call(null, "/user", bearer(token))).status).toBe(401);
});

test.each(["ghp_abcdefghijklmnopqrstuvwxyz0123456789", "gho_abcdefghijklmnop", "ghu_", "rubbish"])(
  "%s is no user token of an App, and GitHub is not asked about it",
  async (token) => {
    expect((await call(null, "/user", bearer(token))).status).toBe(401);
    expect(asked(/^\/applications\//)).toBe(0);
  },
);

test("GitHub is asked once for what many calls need to know", async () => {
  const path = `/repositories/${repositoryId}`;
  await Promise.all([call("acme-dev", path), call("acme-dev", path), call("acme-dev", path)]);
  await call("acme-dev", "/repositories");
  await call("acme-dev", "/directory");
  expect(asked(/^\/applications\//)).toBe(1);
  expect(asked(new RegExp(`^/repositories/${repositoryId}$`))).toBe(1);
  expect(asked(/^\/user\/installations$/)).toBe(1);
  expect(asked(/^\/user\/installations\/\d+\/repositories$/)).toBe(1);
});

test("a token that ended while its user is still known is refused, and says what to do", async () => {
  const token = userToken(stage, "acme-dev");
  expect((await call(null, "/user", bearer(token))).status).toBe(200);
  stage.github.world.tokens.delete(token);
  const answer = await call(null, "/repositories", bearer(token));
  expect([answer.status, answer.json.detail]).toEqual([
    401,
    "The token has ended or was revoked; sign in again.",
  ]);
  expect((await call(null, "/user", bearer(token))).status).toBe(401);
});

test("a rate limit is passed on with the time to wait, and is no refusal of rights", async () => {
  const route = `/repositories/${repositoryId}`;
  stage.github.faults.add({ route, rate_limit: "secondary", headers: { "retry-after": "17" } });
  const answer = await call("acme-dev", route);
  expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "17"]);
  const before = asked(/./);
  expect((await call("acme-dev", route)).status).toBe(429);
  expect(asked(/./)).toBe(before);
  const now = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => now + 18_000);
  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 18_000);
  expect((await call("acme-dev", route)).status).toBe(200);
});

test.each([
  ["an error", { status: 502 }],
  ["a dropped connection", { drop: "before" as const }],
])("%s of GitHub's is answered as unavailable, and not remembered", async (_, fault) => {
  stage.github.faults.add({ route: "/applications/**", ...fault });
  const answer = await call("acme-dev", "/user");
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("60");
  expect((await call("acme-dev", "/user")).status).toBe(200);
});

test.each([
  ["read", 404, 404],
  ["triage", 200, 403],
  ["write", 200, 403],
  ["maintain", 200, 200],
  ["admin", 200, 200],
] as const)("with the role %s reading answers %i and changing %i", async (role, reading, changing) => {
  const login = `has-${role}`;
  stage.github.control.createAccount({ login });
  stage.github.control.setRole("acme/provider", login, role);
  const path = `/repositories/${repositoryId}`;
  expect((await call(login, path)).status).toBe(reading);
  expect((await call(login, path, { method: "PATCH", body: { consumer: true } })).status).toBe(changing);
  const listed = await call(login, "/repositories");
  const right = reading === 404 ? [] : [changing === 403 ? "see" : "change"];
  expect(listed.json.items.map((one: { right: string }) => one.right)).toEqual(right);
});

test("while GitHub locks out a sender of wrong tokens, a right one is told to come again, and for what", async () => {
  const { control, url } = stage.github;
  control.configure({ failedLoginsPerMinute: 1 });
  await fetch(`${url}/user`, { headers: { authorization: `Bearer ${madeUp(0)}`, "user-agent": "stranger" } });
  const answer = await call("acme-dev", "/user");
  control.configure({ failedLoginsPerMinute: 500 });
  expect([answer.status, answer.headers.get("retry-after"), answer.json.detail]).toEqual([
    429,
    "60",
    "Too many tokens were sent that GitHub does not know; try again later.",
  ]);
});

test.each(["0", "01", "1e3", "-1", "abc", "9".repeat(30)])("%s is nobody's repository", async (id) => {
  expect((await call("acme-dev", `/repositories/${id}`)).status).toBe(404);
});

test("an organisation's usage is for its admins, a user's for the user", async () => {
  const { control } = stage.github;
  const usage = (login: string, owner: string) =>
    call(login, `/owners/${control.account(owner).id}/usage`).then(({ status }) => status);
  for (const login of ["its-admin", "its-member"]) control.createAccount({ login });
  control.setMember("acme", "its-admin", "admin");
  control.setMember("acme", "its-member", "member");
  expect(await usage("its-admin", "acme")).toBe(200);
  expect(await usage("its-member", "acme")).toBe(404);
  expect(await usage("acme-dev", "acme")).toBe(404);
  control.createAccount({ login: "solo" });
  control.createRepository({ owner: "solo", name: "own" });
  await control.install({ app: [...stage.github.world.apps.values()][0]?.slug ?? "", account: "solo" });
  await saveAccount(stage.server.deps.store.accounts, {
    ownerId: String(control.account("solo").id),
    login: "solo",
    type: "User",
  });
  expect(await usage("solo", "solo")).toBe(200);
  expect(await usage("its-admin", "solo")).toBe(404);
});

test("who administered an organisation that uninstalled the App may still export it, but not who was seen to have lost that", async () => {
  const { control, world } = stage.github;
  await bringOn(stage, "umbrella/site");
  const ownerId = String(control.account("umbrella").id);
  const logins = ["stays-admin", "is-demoted", "is-removed"];
  for (const login of logins) {
    control.createAccount({ login });
    control.setMember("umbrella", login, "admin");
  }
  /** Exports as each, by a token of which nothing is kept. */
  const statuses = async () => {
    const ask = clientOf(stage);
    return await Promise.all(
      logins.map(async (login) => (await ask(login, `/owners/${ownerId}/export`)).status),
    );
  };
  expect(await statuses()).toEqual([200, 200, 200]);
  control.setMember("umbrella", "is-demoted", "member");
  control.setMember("umbrella", "is-removed", null);
  expect(await statuses()).toEqual([200, 404, 404]);
  const installation = [...world.installations.values()].find(
    ({ accountId }) => String(accountId) === ownerId,
  );
  await control.uninstall(installation?.id ?? 0);
  const { accounts } = stage.server.deps.store;
  await until(async () => (await accounts.getAccount(ownerId))?.installation === "none");
  expect(await statuses()).toEqual([200, 404, 404]);
});

const madeUp = (n: number): string => `ghu_${"x".repeat(20)}${n}`;

test("tokens that were made up cost nothing of the App's own quota, and lock out nobody who is known", async () => {
  // A server of its own, which was not asked about any token yet.
  const own = await setStage({ log: silent });
  const { control } = own.github;
  control.createAccount({ login: "acme-dev" });
  control.configure({ failedLoginsPerMinute: 100 });
  const ask = clientOf(own);
  const known = userToken(own, "acme-dev");
  expect((await ask(null, "/user", bearer(known))).status).toBe(200);
  control.parts.requests.clear();
  const statuses: number[] = [];
  for (let n = 0; n < 70; n++) statuses.push((await ask(null, "/user", bearer(madeUp(n)))).status);
  expect(statuses).toEqual([...Array(60).fill(401), ...Array(10).fill(429)]);
  const paths = control.requests().map(({ path }) => path);
  expect(Map.groupBy(paths, (path) => path).get("/user")).toHaveLength(60);
  expect(paths.filter((path) => path.startsWith("/applications/"))).toEqual([]);
  const refused = await ask(null, "/user", bearer(madeUp(999)));
  expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
  expect((await ask(null, "/repositories", bearer(known))).status).toBe(200);
  own.server.deps.users.forget(known);
  expect((await ask(null, "/user", bearer(known))).status).toBe(200);
  await own.close();
});
