import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { appPageOf } from "../../app/github/pages.ts";
import { listen, startServer } from "../../app/main/start-server.ts";
import { type Stage, setStage } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";

let stage: Stage;
afterEach(() => stage?.close());

test.each([
  ["https://github.com", "https://github.com/apps/zekt"],
  ["https://octocorp.ghe.com", "https://octocorp.ghe.com/apps/zekt"],
  ["https://git.example.com", "https://git.example.com/github-apps/zekt"],
])("the App's page on %s is %s where GitHub was not asked", (webUrl, page) => {
  expect(appPageOf(webUrl, "zekt")).toBe(page);
});

test("the App's page is where GitHub says it is, on an Enterprise Server too", async () => {
  stage = await setStage({ log: silent, appPages: "github-apps" });
  const page = `${stage.github.url}/github-apps/zekt-demo`;
  const { settings, links } = stage.server.deps;
  expect([settings.appUrl, links.install]).toEqual([page, `${page}/installations/new`]);
  const first = await (await fetch(stage.server.url)).text();
  expect(first).toContain(`${page}/installations/new`);
});

test("a server that knows the App's name starts while GitHub does not answer", async () => {
  stage = await setStage({
    log: silent,
    start: async (config, _, options) => {
      const listener = await listen("127.0.0.1", 0);
      const unreachable = { GITHUB_API_URL: "http://127.0.0.1:1", ZEKT_APP_SLUG: "zekt-demo" };
      return await startServer({ ...config, ...unreachable }, listener, options);
    },
  });
  expect(stage.server.deps.settings.appUrl).toContain("/github-apps/zekt-demo");
});

test.each<[string, object, object | null]>([
  [
    "lacks a permission and events",
    {
      permissions: {
        metadata: "read",
        actions: "read",
        contents: "read",
        repository_hooks: "write",
        checks: "write",
        members: "read",
      },
      events: ["push"],
    },
    { permissions: ["contents: write"], events: ["installation_target", "repository"] },
  ],
  ["has all, and more", { events: ["installation_target", "repository", "push", "star"] }, null],
])("a start warns of what the App lacks, and of nothing else: one that %s", async (_, change, lacking) => {
  const lines: { event: string }[] = [];
  const log = pino({ level: "warn" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const changed: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    const isApp = new URL(input instanceof Request ? input.url : input).pathname.endsWith("/app");
    return isApp ? Response.json({ ...((await answer.json()) as object), ...change }) : answer;
  };
  stage = await setStage({
    log,
    start: (config, listener, options) => startServer(config, listener, { ...options, fetch: changed }),
  });
  const told = lines.filter(({ event }) => event === "app.lacking");
  expect(told).toMatchObject(lacking ? [lacking] : []);
});
