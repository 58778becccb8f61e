import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { setupPages } from "../../app/main/setup.ts";
import { type GitHubServer, startGitHub } from "../../fake-github/server.ts";

const CLOUD = "https://github.com";
let github: GitHubServer;
let folder: string;
let apps: Record<string, string>[];

beforeAll(async () => {
  github = await startGitHub();
  github.control.createAccount({ login: "mona" });
  github.control.createAccount({ login: "acme", type: "Organization" });
  github.control.setSignIn("mona");
});
afterAll(() => github.close());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-setup-"));
  apps = [];
  github.control.configure({ publicHooksOnly: false });
});

const pagesOf = (
  more: {
    web?: string;
    dataDir?: string;
    webhookUrl?: string;
    channel?: string | null;
    origin?: string;
  } = {},
) => {
  const { web = github.url, dataDir = folder, webhookUrl = "http://127.0.0.1:3000/github/webhooks" } = more;
  return setupPages({
    settings: { GITHUB_API_URL: github.url, GITHUB_WEB_URL: web, ZEKT_DATA_DIR: dataDir },
    origin: more.origin ?? "http://127.0.0.1:3000",
    webhookUrl,
    newChannel: async () => {
      if (!more.channel) throw new Error("none");
      return more.channel;
    },
    onApp: async (app) => void apps.push(app),
  });
};

const textOf = async (answer: Response | Promise<Response>): Promise<string> => (await answer).text();
const fieldOf = (html: string, name: string): string =>
  (new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? "")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");

/** Presses the button as a browser does; returns the address to which GitHub sends it back. */
async function press(page: string, change: object = {}): Promise<string> {
  const action = /action="([^"]*settings\/apps\/new[^"]*)"/.exec(page)?.[1]?.replaceAll("&amp;", "&") ?? "";
  const answer = await fetch(action, {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({
      manifest: JSON.stringify({ ...JSON.parse(fieldOf(page, "manifest")), ...change }),
    }),
  });
  const back = new URL(answer.headers.get("location") ?? "");
  return `${back.pathname}${back.search}`;
}

test("an App is made where its key can be stored, for the organization that was chosen", async () => {
  const pages = pagesOf();
  const page = await textOf(pages.request("/?organization=acme"));
  expect(page).toContain("for acme");
  expect((await pages.request(await press(page))).status).toBe(302);
  expect(apps).toHaveLength(1);
  expect(JSON.parse(readFileSync(join(folder, "app.json"), "utf8"))).toEqual(apps[0]);
  const [made] = [...github.world.apps.values()].slice(-1);
  expect(made?.ownerId).toBe(github.control.account("acme").id);
});

test.each([
  [
    "on this machine, while the public origin is another's",
    "http://127.0.0.1:3000",
    {},
    "http://127.0.0.1:3000",
  ],
  ["on this machine by its name", "http://localhost:8080", {}, "http://localhost:8080"],
  ["at the public origin", "http://zekt.example.com", {}, "https://zekt.example.com"],
  [
    "behind a proxy that passes no host on",
    "http://127.0.0.1:3000",
    { "x-forwarded-for": "192.0.2.1" },
    "https://zekt.example.com",
  ],
])("GitHub sends a browser that is %s back to where it is", async (_, at, headers, back) => {
  const pages = pagesOf({
    origin: "https://zekt.example.com",
    webhookUrl: "https://zekt.example.com/github/webhooks",
  });
  const page = await textOf(pages.request(`${at}/`, { headers }));
  expect(JSON.parse(fieldOf(page, "manifest"))).toMatchObject({
    redirect_url: `${back}/setup/created`,
    setup_url: "https://zekt.example.com/console/",
    callback_urls: ["https://zekt.example.com/console/callback"],
  });
});

test("a folder that cannot be written is named before GitHub is asked, and no button is offered", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const page = await textOf(pagesOf({ dataDir: join(file, "data") }).request("/"));
  expect(page).toMatch(/The data folder .*file\/data cannot be written \(ENOTDIR\)/);
  expect(page).not.toContain("Make the GitHub App");
});

test("a folder that became unwritable meanwhile costs no key: the code is still good afterwards", async () => {
  const data = join(folder, "data");
  const pages = pagesOf({ dataDir: data });
  const page = await textOf(pages.request("/"));
  rmSync(data, { recursive: true });
  writeFileSync(data, "in the way");
  const back = await press(page, { name: "Second" });
  const refused = await pages.request(back);
  expect([refused.status, await refused.text()]).toEqual([
    500,
    expect.stringContaining("GitHub has not been asked for the key yet."),
  ]);
  rmSync(data);
  expect((await pages.request(back)).status).toBe(302);
  expect(existsSync(join(data, "app.json"))).toBe(true);
  chmodSync(data, 0o700);
});

test("a key that cannot be stored leaves no half of a file, and the way on is said", async () => {
  const pages = pagesOf();
  const back = await press(await textOf(pages.request("/")), { name: "Fourth" });
  mkdirSync(join(folder, "app.json.new"));
  const refused = await pages.request(back);
  expect(refused.status).toBe(500);
  expect(await refused.text()).toMatch(
    /^The App's key could not be stored: .*EISDIR.*\. GitHub tells it once\. Repair that, delete the App at /,
  );
  expect(existsSync(join(folder, "app.json"))).toBe(false);
  expect(apps).toEqual([]);
});

test("for github.com the page names a webhook address that is not public, and does not go on", async () => {
  const page = await textOf(pagesOf({ web: CLOUD }).request("/"));
  expect(page).toContain("http://127.0.0.1:3000/github/webhooks");
  expect(page).toContain("GitHub cannot reach that address");
  expect(page).not.toContain("Make the GitHub App");
  const open = pagesOf({ web: CLOUD, webhookUrl: "https://zekt.example.com/github/webhooks" });
  expect(await textOf(open.request("/"))).toContain("Make the GitHub App");
});

test("a smee channel that the page made carries the webhooks from then on", async () => {
  const channel = "https://smee.io/abc123";
  const pages = pagesOf({ web: CLOUD, channel });
  const before = await textOf(pages.request("/"));
  const post = (state: string) =>
    pages.request("/setup/channel", { method: "POST", body: new URLSearchParams({ state }) });
  expect((await post("somebody else's")).status).toBe(400);
  expect((await post(fieldOf(before, "state"))).status).toBe(303);
  const page = await textOf(pages.request("/"));
  expect(JSON.parse(fieldOf(page, "manifest")).hook_attributes.url).toBe(channel);
  const failed = pagesOf({ web: CLOUD, channel: null });
  const state = fieldOf(await textOf(failed.request("/")), "state");
  const answer = await failed.request("/setup/channel", {
    method: "POST",
    body: new URLSearchParams({ state }),
  });
  expect(await textOf(failed.request(answer.headers.get("location") ?? ""))).toContain(
    "smee.io gave no channel",
  );
});

test("a key that GitHub does not give is said in a sentence, with the way on", async () => {
  const pages = pagesOf();
  const back = await press(await textOf(pages.request("/")), { name: "Third" });
  github.faults.add({ target: "api", route: "/app-manifests/*/conversions", count: 10, status: 503 });
  const unwell = await pages.request(back);
  expect([unwell.status, await unwell.text()]).toEqual([
    502,
    expect.stringContaining("Load this page again within the hour."),
  ]);
  github.faults.clear();
  expect((await pages.request(back)).status).toBe(302);
  const again = await pages.request(back);
  expect([again.status, await again.text()]).toEqual([
    502,
    expect.stringMatching(/^GitHub did not give the App's key: Not Found.* begin again at the first page\.$/),
  ]);
});

test("before there is an App every address says so or leads to the first page, and the process is well", async () => {
  const pages = pagesOf();
  const console = await pages.request("/console/provider");
  expect([console.status, console.headers.get("location")]).toEqual([303, "/"]);
  const called = await pages.request("/api/user");
  expect([called.status, await called.text()]).toEqual([503, expect.stringContaining("no GitHub App yet")]);
  expect((await pages.request("/livez")).status).toBe(200);
  const ready = await pages.request("/readyz");
  expect([ready.status, await ready.json()]).toEqual([
    503,
    { status: "not-ready", reasons: [expect.stringContaining("no GitHub App yet")] },
  ]);
});

test("GitHub's ping of a new App, whose secret is not here yet, is no failure in the App's log", async () => {
  const pages = pagesOf();
  const sent = (event: string) =>
    pages.request("/github/webhooks", { method: "POST", headers: { "x-github-event": event }, body: "{}" });
  expect((await sent("ping")).status).toBe(202);
  expect((await sent("installation")).status).toBe(503);
});
