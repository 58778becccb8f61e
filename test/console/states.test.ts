import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { bringOn, startWorld, type World } from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* What each page says while it waits, when asking failed, and when there is nothing yet. */

let world: World;
let browser: Browser;

withBrowser(startWorld, (opened) => {
  ({ world, browser } = opened);
});

const paths = (): string[] => [
  "/",
  "/provider",
  `/provider/${world.provider}`,
  `/provider/${world.provider}/services`,
  `/provider/${world.provider}/subscribers`,
  `/provider/${world.provider}/deliveries`,
  `/provider/${world.provider}/blocked`,
  "/consumer",
  "/directory",
  `/directory/${world.serviceId}`,
  "/connections",
  "/connections/map",
];

/** Refuses what the page asks the API for, but for its session, while `down` is stored. */
const REFUSED_WHILE_DOWN = `
  const { fetch } = window;
  window.fetch = async (address, init) => {
    const { pathname } = new URL(address, location);
    if (localStorage.getItem("down") !== "true" || !/^\\/api\\/(?!session)/.test(pathname)) return fetch(address, init);
    const headers = { "content-type": "application/problem+json" };
    return new Response(JSON.stringify({ detail: "needle" }), { status: 403, headers });
  };`;

test.skipIf(!hasChromium)(
  "where the API does not answer, every page says so and tries again when asked to",
  { timeout: 120_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev", { path: null });
    // In the page itself: where a test stands in between, the browser keeps no file of a page for the next.
    await page.addInitScript(REFUSED_WHILE_DOWN);
    await page.goto(`${world.server.url}/console/`);
    const setDown = (down: boolean) => page.evaluate(`localStorage.setItem("down", ${down})`);
    for (const path of paths()) {
      await setDown(true);
      await page.goto(`${world.server.url}/console${path}`);
      const retry = page.getByRole("button", { name: "Try again" }).first();
      await retry.waitFor();
      expect(await page.getByText("needle").count(), path).toBeGreaterThan(0);
      await setDown(false);
      // A part that asks again by itself may take its button away before it is clicked.
      const pressed = async (): Promise<number> => {
        await retry.click({ timeout: 1000 }).catch(() => undefined);
        return page.getByText("needle").count();
      };
      await expect.poll(pressed, { message: path, timeout: 20_000 }).toBe(0);
      await page.getByRole("heading", { level: 1 }).waitFor();
    }
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a page whose files are gone leaves the rest of the console and offers to load again",
  { timeout: 60_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev");
    await page.route(/assets\/directory-/, (route) => route.fulfill({ status: 404 }));
    await page.getByRole("link", { name: "Directory", exact: true }).click();
    await page.getByRole("button", { name: "Try again" }).waitFor();
    await page.getByRole("link", { name: "Provider", exact: true }).click();
    await page.getByRole("heading", { name: "Zekt Repos" }).waitFor();
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "an address that leads nowhere is named, with a way on",
  { timeout: 60_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, world, "acme-dev", {
      path: "/provders/7",
    });
    await page.getByRole("heading", { level: 1, name: "No such page" }).waitFor();
    expect(await page.locator("main").innerText()).toContain("The console has no page /provders/7.");
    await page.locator("main").getByRole("link", { name: "overview" }).click();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)("a service's form has an address of its own", { timeout: 60_000 }, async () => {
  const { page, context } = await signIn(browser, world, "acme-dev", {
    path: `/provider/${world.provider}/services?service=releases`,
  });
  const form = page.getByRole("dialog", { name: "Service releases" });
  await form.waitFor();
  await page.keyboard.press("Escape");
  await form.waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("");
  await context.close();
});

test.skipIf(!hasChromium)(
  "the page of a repository that is not enabled says so, and enables it",
  { timeout: 60_000 },
  async () => {
    const repositoryId = await bringOn(world, "umbrella/fresh");
    const { page, context, complaints } = await signIn(browser, world, "umbrella-dev", { path: null });
    for (const side of ["provider", "consumer"]) {
      await page.goto(`${world.server.url}/console/${side}/${repositoryId}`);
      const notice = page.getByRole("region", { name: `Not a ${side} yet` });
      await notice.getByRole("button", { name: "Enable" }).click();
      await page.getByText(`umbrella/fresh is enabled as a ${side}.`).waitFor();
      await notice.waitFor({ state: "detached" });
    }
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "what is said to those who listen is not seen, and the page's policy refuses nothing of it",
  { timeout: 60_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, world, "acme-dev");
    // Primer makes it once it has something to say, which on a quick machine it rarely has.
    await page.evaluate('document.body.append(document.createElement("live-region"))');
    const { width, height } = (await page.locator("live-region").boundingBox()) ?? {};
    expect([width, height]).toEqual([1, 1]);
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a list that an organization's single sign-on cuts short says so, and where one signs on",
  { timeout: 60_000 },
  async () => {
    world.github.control.setGuards("initech", ["single-sign-on"]);
    const { page, context, complaints } = await signIn(browser, world, "initech-dev", { path: null });
    for (const path of ["/", "/consumer", "/connections"]) {
      await page.goto(`${world.server.url}/console${path}`);
      const notice = page.getByRole("region", { name: "Some organizations are left out here" });
      expect(await notice.getByRole("link", { name: "initech" }).getAttribute("href")).toBe(
        `${world.github.url}/orgs/initech/sso`,
      );
    }
    world.github.control.setGuards("initech", []);
    expect(complaints).toEqual([]);
    await context.close();
  },
);
