import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../fake-github/settings.ts";
import { type Stage, setStage } from "./stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());
afterEach(() => {
  stage.control.configure(DEFAULT_SETTINGS);
  stage.github.faults.clear();
});

const read = (token: string) => stage.request(token, "GET", "/repos/acme/site");
const inject = (fault: object) => stage.request(null, "POST", "/_control/faults", fault);

test("an installation token has about 520 characters with two dots, and is not taken for the App's own", async () => {
  const token = await stage.token();
  expect(token.length).toBeGreaterThan(500);
  expect(token.length).toBeLessThan(540);
  expect(token.split(".")).toHaveLength(3);
  expect((await read(token)).status).toBe(200);
  const forged = await read(token.replace(/.$/, "-"));
  expect([forged.status, forged.json.message]).toEqual([401, "Bad credentials"]);
  stage.control.configure({ longTokens: false });
  expect(await stage.token()).toMatch(/^ghs_\w{36}$/);
});

test.each([
  [403, "Resource not accessible by integration"],
  [401, "Bad credentials"],
] as const)(
  "a token may be refused with %i for some seconds after it was minted",
  async (status, message) => {
    stage.control.configure({ tokenSpreadMs: 2000, tokenSpreadStatus: status });
    const token = await stage.token();
    const refused = await read(token);
    expect([refused.status, refused.json.message]).toEqual([status, message]);
    stage.clock.advance(2000);
    expect((await read(token)).status).toBe(200);
  },
);

test("tokens that were taken back are refused, and new ones are given", async () => {
  const token = await stage.token();
  await stage.request(null, "POST", `/_control/installations/${stage.installationId}/revoke-tokens`);
  expect((await read(token)).status).toBe(401);
  expect((await read(await stage.token())).status).toBe(200);
});

test("every answer has the date by GitHub's clock", async () => {
  const date = new Date(stage.clock.now()).toUTCString();
  expect((await read(await stage.token())).headers.get("date")).toBe(date);
  await inject({ status: 502 });
  expect((await read("any")).headers.get("date")).toBe(date);
  expect((await read("any")).headers.get("date")).toBe(date);
});

test("a proxy's page and its redirect can stand in GitHub's place", async () => {
  const page = { status: 200, headers: { "content-type": "text/html" }, body: "<title>Sign in</title>" };
  await inject(page);
  const answer = await read("any");
  expect([answer.status, answer.headers.get("content-type"), answer.text]).toEqual([
    200,
    "text/html",
    page.body,
  ]);
  await inject({ status: 302, headers: { location: "https://sign-in.example/" } });
  expect((await read("any")).status).toBe(302);
});

test("a secondary limit can come in its old wording, or without its header", async () => {
  await inject({ rate_limit: "abuse" });
  const old = await read("any");
  expect([old.status, old.headers.get("retry-after")]).toEqual([403, null]);
  expect(old.json.message).toContain("abuse detection mechanism");
  await inject({ rate_limit: "secondary", headers: { "retry-after": null } });
  const bare = await read("any");
  expect([bare.status, bare.headers.get("retry-after")]).toEqual([403, null]);
  expect(bare.json.message).toContain("secondary rate limit");
});

test("a newer API version answers otherwise, and an older server refuses it", async () => {
  const token = await stage.token();
  const ask = async (version: string) => {
    const headers = {
      authorization: `Bearer ${token}`,
      "user-agent": "test",
      "x-github-api-version": version,
    };
    const answer = await fetch(`${stage.github.url}/rate_limit`, { headers });
    const body = (await answer.json()) as Record<string, unknown>;
    return [answer.status, Object.keys(body), answer.headers.get("x-github-api-version-selected")];
  };
  expect(await ask("2022-11-28")).toEqual([200, ["resources", "rate"], "2022-11-28"]);
  expect(await ask("2026-03-10")).toEqual([200, ["resources"], "2026-03-10"]);
  stage.control.configure({ apiVersions: ["2022-11-28"] });
  expect((await ask("2026-03-10"))[0]).toBe(400);
});

test("a version's end is announced by two headers, and then it is gone, also where none was named", async () => {
  const token = await stage.token();
  const ask = async (version: Record<string, string>) => {
    const headers = { authorization: `Bearer ${token}`, "user-agent": "test", ...version };
    const { status, headers: sent } = await fetch(`${stage.github.url}/rate_limit`, { headers });
    return [
      status,
      sent.get("deprecation"),
      sent.get("sunset"),
      sent.get("x-github-api-version-selected"),
    ] as const;
  };
  const old = { "x-github-api-version": "2022-11-28" };
  stage.control.configure({ endingVersions: ["2022-11-28"] });
  const dates = ["Wed, 10 Mar 2027 07:00:00 GMT", "Fri, 10 Mar 2028 07:00:00 GMT"];
  expect(await ask(old)).toEqual([200, ...dates, "2022-11-28"]);
  expect(await ask({ "x-github-api-version": "2026-03-10" })).toEqual([200, null, null, "2026-03-10"]);
  stage.control.configure({ endingVersions: [], endedVersions: ["2022-11-28"] });
  expect((await ask(old))[0]).toBe(410);
  expect(await ask({})).toEqual([200, null, null, "2026-03-10"]);
});

test("after many wrong credentials right ones are refused for a minute, too", async () => {
  stage.control.configure({ failedLoginsPerMinute: 2 });
  const token = await stage.token();
  expect([(await read("ghu_made_up")).status, (await read("ghu_another")).status]).toEqual([401, 401]);
  const refused = await read(token);
  expect([refused.status, refused.json.message]).toEqual([
    403,
    "Maximum number of login attempts exceeded. Please try again later.",
  ]);
  stage.clock.advance(60_000);
  expect((await read(token)).status).toBe(200);
});

test("contents are read as of a push some seconds after its webhook", async () => {
  stage.control.configure({ pushDelayMs: 3000 });
  stage.clock.advance(60_000);
  const { sha } = await stage.control.push("acme/site", { "README.md": "later\n" });
  const token = await stage.token();
  const read = async (query: string) => {
    const { status, json } = await stage.request(token, "GET", `/repos/acme/site/contents/README.md${query}`);
    return status === 200 ? Buffer.from(json.content, "base64").toString() : json.message;
  };
  expect([await read(""), await read("?ref=main")]).toEqual(["hello\n", "hello\n"]);
  expect(await read(`?ref=${sha}`)).toBe(`No commit found for the ref ${sha}`);
  stage.clock.advance(3000);
  expect([await read(""), await read(`?ref=${sha}`)]).toEqual(["later\n", "later\n"]);
});

test("an installation and what is added to it are found some seconds after their webhooks", async () => {
  stage.control.createAccount({ login: "globex", type: "Organization" });
  const one = stage.control.createRepository({ owner: "globex", name: "one" });
  const two = stage.control.createRepository({ owner: "globex", name: "two" });
  stage.control.configure({ installDelayMs: 3000 });
  const { id } = await stage.control.install({
    app: stage.app.slug,
    account: "globex",
    repositories: ["globex/one"],
  });
  const ask = async (path: string) => (await stage.request(await stage.jwt(), "GET", path)).status;
  const paths = [`/app/installations/${id}`, `/repositories/${one.id}/installation`];
  for (const path of paths) expect(await ask(path)).toBe(404);
  stage.clock.advance(3000);
  for (const path of paths) expect(await ask(path)).toBe(200);
  await stage.control.changeRepositories(id, { add: ["globex/two"] });
  expect(await ask(`/repositories/${two.id}/installation`)).toBe(404);
  stage.clock.advance(3000);
  expect(await ask(`/repositories/${two.id}/installation`)).toBe(200);
});

test.each([
  ["waiting", 422],
  ["requested", 422],
  ["pending", 422],
  ["in_progress", 201],
])("an App that gives a check run the status %s is answered %i", async (status, answered) => {
  const token = await stage.token();
  const head_sha = stage.control.repository("acme/site").branches.get("main");
  const body = { name: "check", head_sha, status };
  expect((await stage.request(token, "POST", "/repos/acme/site/check-runs", body)).status).toBe(answered);
});
