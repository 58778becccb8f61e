import type { Browser, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { deliveriesTo, publish, startDurableWorld, type World } from "../../harness/world.ts";
import { hasChromium, isDrawn, signIn, visit } from "../console/browser.ts";
import { withBrowser } from "../console/with-browser.ts";

/*
 * Everything that others can name reaches the console through the API. Here the API's answers say the worst
 * in each such place: in a real browser nothing of it runs, loads, links anywhere but to the web, or breaks
 * the page apart.
 */

const HOSTILE = [
  "<script>window.hit = 1</script>",
  '"><img src=x onerror="window.hit = 1">',
  "javascript:window.hit=1//",
  "</pre></style><svg onload=window.hit=1><iframe srcdoc='<script>parent.hit=1</script>'>",
  "{{constructor.constructor('window.hit=1')()}}",
  "\u202Egpj.exe\u2066\u202D nothing to see",
  "W".repeat(4000),
  "[mend](javascript:window.hit=1)\u0000\r\n\tzero\u200Bwidth",
];

/** Fields whose text somebody else chose, or GitHub on their behalf. */
const TEXTS = new Set(
  "login fullName repository title description slug provider alias workflow path branch reason message advice text webhookProblem conclusion eventType requestedBy defaultBranch name subject detail body".split(
    " ",
  ),
);
const LISTS = new Set(["tags", "eventTypes", "branches", "conclusions"]);
const LINKS = new Set("link runUrl settingsUrl installUrl url avatarUrl".split(" "));

let count = 0;
const worst = (): string => HOSTILE[count++ % HOSTILE.length] as string;

/** An answer of the API with the worst in each text; ids, times and states stay, so that every page is drawn. */
function spoilt(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    if (LISTS.has(key)) return HOSTILE.slice(0, 6);
    return value.map((one) => spoilt(one, key));
  }
  if (value === null || typeof value !== "object") {
    if (LINKS.has(key)) return ["javascript:window.hit=1", "data:text/html,<script>1</script>"][count++ % 2];
    return TEXTS.has(key) && (typeof value === "string" || value === null) ? worst() : value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, spoilt(inner, name)]));
}

let world: World;
let browser: Browser;
let deliveryId: string;

withBrowser(startDurableWorld, async (opened) => {
  ({ world, browser } = opened);
  await publish(world, "built");
  await until(async () => {
    const deliveries = await deliveriesTo(world, world.consumer);
    deliveryId = deliveries.find(({ eventType }) => eventType === "built")?.deliveryId ?? "";
    return deliveries.length === 2 && deliveries.every(({ status }) => status === "Dispatched");
  });
});

const PAGES: [name: string, path: () => string, then?: (page: Page) => Promise<void>][] = [
  ["overview", () => "/"],
  ["provider's repositories", () => "/provider"],
  ["workflows", () => `/provider/${world.provider}`],
  ["services", () => `/provider/${world.provider}/services`],
  ["subscribers", () => `/provider/${world.provider}/subscribers`],
  ["delivery status", () => "/provider/deliveries"],
  ["a provider's audit trail", () => `/provider/${world.provider}/audit`],
  ["a consumer's audit trail", () => `/consumer/${world.consumer}/audit`],
  ["all subscriptions", () => "/consumer/subscriptions"],
  ["blocked events", () => `/provider/${world.provider}/blocked`],
  [
    "a delivery with its message",
    () => `/deliveries/${deliveryId}`,
    async (page) => {
      await page.getByRole("region", { name: "Payload" }).getByLabel("Find in the payload").waitFor();
    },
  ],
  ["a bulk replay", () => `/provider/${world.provider}/deliveries?replaying=many`],
  ["consumer's repositories", () => "/consumer"],
  ["a subscription", () => `/consumer/${world.consumer}?subscription=${world.subscriptionId}`],
  ["received events", () => `/consumer/${world.consumer}/received`],
  ["directory", () => "/directory"],
  ["a service", () => `/directory/${world.serviceId}`],
  ["diagnostics", () => `/connections?side=provider&connection=${world.subscriptionId}`],
  ["map", () => "/connections/map"],
  ["map as a table", () => "/connections/map?as=table"],
  ["usage", () => "/usage"],
];

/**
 * Collects what a page gave away: scripts that ran, refused loads, strange elements and links, and
 * overflowing parts.
 */
const FOUND = `({
  hit: window.hit ?? null,
  violations: window.violations,
  elements: [...document.querySelectorAll("img[src=x], iframe, [onload], [onerror], #root script")].length,
  links: [...document.querySelectorAll("a, area, form, base, object, embed")]
    .map((one) => one.href || one.action || one.data || "")
    .map((one) => (typeof one === "string" ? one : one.baseVal))
    .filter((one) => one !== "" && !/^https?:/.test(one)),
  sticksOut: Math.max(0, document.documentElement.scrollWidth - innerWidth),
})`;

const WATCH = `
  window.violations = [];
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    window.violations.push(violatedDirective + " " + blockedURI),
  );`;

const CLEAN = { hit: null, violations: [], elements: 0, links: [], sticksOut: 0 };

describe.each(["acme-dev", "initech-dev"])("for %s", (login) => {
  test.skipIf(!hasChromium)(
    "no page runs, loads or links what the API's texts try to",
    { timeout: 180_000 },
    async () => {
      const { page, context } = await signIn(browser, world, login, { path: null });
      const thrown: string[] = [];
      page.on("pageerror", ({ message }) => thrown.push(message));
      page.on("dialog", async (dialog) => {
        thrown.push(`a dialog: ${dialog.message()}`);
        await dialog.dismiss();
      });
      await page.addInitScript(WATCH);
      await page.route(/\/api\/(?!openapi|docs|changes$)/, async (route) => {
        const response = await route.fetch();
        const json: unknown = await response.json().catch(() => null);
        const isMessage = /\/payload$/.test(new URL(route.request().url()).pathname);
        await route.fulfill({ response, json: isMessage && response.ok() ? HOSTILE : spoilt(json) });
      });
      const found: Record<string, unknown> = {};
      const isProvider = login === "acme-dev";
      for (const [name, path, then] of PAGES) {
        if (path().includes(isProvider ? world.consumer : world.provider)) continue;
        const url = `${world.server.url}/console${path()}`;
        if (Object.keys(found).length === 0) await page.goto(url);
        else await visit(page, url);
        await page.getByRole("heading", { level: 1 }).first().waitFor();
        await isDrawn(page);
        await then?.(page);
        found[name] = await page.evaluate(FOUND);
      }
      const clean = Object.fromEntries(Object.keys(found).map((name) => [name, CLEAN]));
      expect(found).toEqual(clean);
      expect(Object.keys(found).length).toBeGreaterThan(10);
      expect(thrown).toEqual([]);
      await context.close();
    },
  );
});

test.skipIf(!hasChromium)(
  "an address that was shared calls no route but those that the page is for",
  { timeout: 60_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev", { path: null });
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    const up = encodeURIComponent(`../subscriptions/${world.subscriptionId}`);
    for (const path of [
      `/provider/${world.provider}/deliveries?delivery=${up}`,
      `/connections?connection=${up}%2Frevoke%23`,
      `/directory/${up}`,
      `/provider/${up}`,
      "/%2F%2Fevil.example/",
    ]) {
      await page.goto(`${world.server.url}/console${path}`);
      await isDrawn(page);
    }
    expect(asked.filter((path) => path.startsWith("/api/subscriptions"))).toEqual([]);
    expect(new URL(page.url()).origin).toBe(world.server.url);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "what the API itself takes of this is stored, and shown as the text it is",
  { timeout: 60_000 },
  async () => {
    const description = HOSTILE.slice(0, 4).join(" ");
    await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { description });
    const { page, context, complaints } = await signIn(browser, world, "initech-dev", { path: null });
    await page.addInitScript(WATCH);
    for (const path of ["/directory", `/directory/${world.serviceId}`]) {
      await page.goto(`${world.server.url}/console${path}`);
      await page.getByText(description).waitFor();
      expect(await page.evaluate(FOUND)).toEqual(CLEAN);
    }
    expect(complaints).toEqual([]);
    await context.close();
  },
);
