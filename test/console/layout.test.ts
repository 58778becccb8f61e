import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { deliveriesTo, publish, startDurableWorld, type World } from "../../harness/world.ts";
import { serious } from "./axe.ts";
import { hasChromium, isDrawn, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* Pages in windows of any width, their names, and where the focus is after a link was followed. */

let world: World;
let browser: Browser;
let page: Page;
let deliveryId = "";
const open = async (path: string): Promise<void> => {
  await page.goto(`${world.server.url}/console${path}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
};

withBrowser(startDurableWorld, async (opened) => {
  ({ world, browser } = opened);
  world.github.control.setMember("initech", "initech-dev", "admin");
  ({ page } = await signIn(browser, world, "acme-dev", { path: null }));
  await publish(world, "release-published");
  await until(async () => (await deliveriesTo(world, world.consumer)).length > 0);
  deliveryId = (await deliveriesTo(world, world.consumer))[0]?.deliveryId ?? "";
});

/** Returns the values of tables that have too little room: those of which a word is broken in the middle. */
const cramped = (): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll(".rows .row > *")].flatMap((cell) => {
    const words = [];
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (text.parentElement.closest(".stacked .head")) continue;
      for (const { 0: word, index } of text.data.matchAll(/[a-z0-9]+/gi)) {
        const range = document.createRange();
        range.setStart(text, index);
        range.setEnd(text, index + word.length);
        if (new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1) words.push(word);
      }
    }
    return words;
  })`);

test.skipIf(!hasChromium)(
  "in a window wider than a phone's no column of a table is so narrow that a word of it breaks",
  { timeout: 120_000 },
  async () => {
    const found: string[] = [];
    for (const path of [
      `/provider/${world.provider}/deliveries`,
      `/provider/${world.provider}/subscribers`,
      `/provider/${world.provider}/audit`,
      "/connections?side=provider",
    ]) {
      await open(path);
      await page.locator(".rows .row").nth(1).waitFor();
      for (const width of [701, 768, 900, 1024, 1100, 1440]) {
        await page.setViewportSize({ width, height: 860 });
        // The page arranges itself anew once it hears of its width.
        await expect
          .poll(cramped, { timeout: 5000 })
          .toEqual([])
          .catch(async () => {
            for (const word of await cramped()) found.push(`${path} at ${width} px: ${word}`);
          });
      }
    }
    expect(found).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  "the browser's tab names the part of a page that is open, and a part that does not exist is no page",
  { timeout: 60_000 },
  async () => {
    await open(`/provider/${world.provider}`);
    await expect.poll(() => page.title()).toBe("Workflows · acme/provider · Zekt");
    await page.getByRole("link", { name: "Services", exact: true }).click();
    await expect.poll(() => page.title()).toBe("Services · acme/provider · Zekt");
    await open("/provider");
    await expect.poll(() => page.title()).toBe("Provider · Zekt Repos · Zekt");
    await open(`/provider/${world.provider}/subscriber`);
    await page.getByRole("heading", { level: 1, name: "No such page" }).waitFor();
    await open("/deliveries/delivery-of-nobody");
    await page.getByRole("heading", { level: 1, name: "Delivery" }).waitFor();
    expect(await page.title()).toBe("Delivery · Zekt");
  },
);

test.skipIf(!hasChromium)(
  "the page of a delivery and that of a service are ones that a screen reader can use",
  { timeout: 120_000 },
  async () => {
    const found: string[] = [];
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of [`/deliveries/${deliveryId}`, `/directory/${world.serviceId}`]) {
      await open(path);
      await isDrawn(page);
      for (const one of await serious(page)) found.push(`${path}: ${one}`);
    }
    await page.setViewportSize({ width: 1280, height: 860 });
    expect(found).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  "a link of a row that is followed leads to the heading of its page, and not at the page's top",
  { timeout: 60_000 },
  async () => {
    await open(`/provider/${world.provider}/deliveries`);
    await page.locator(".rows a.open").first().focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/deliveries\/delivery-/);
    await expect.poll(() => page.evaluate("document.activeElement.tagName")).toBe("H1");
    // Of links that stay, the one that was followed keeps the focus.
    await page.getByRole("link", { name: "Directory", exact: true }).focus();
    await page.keyboard.press("Enter");
    await expect.poll(() => page.title()).toBe("Directory · Zekt");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Directory");
  },
);

test.skipIf(!hasChromium)(
  "the button of the colours says what it turns on, also once the system or another tab changed them",
  { timeout: 60_000 },
  async () => {
    await open("/");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.getByRole("button", { name: "Light", exact: true }).waitFor();
    await page.emulateMedia({ colorScheme: "light" });
    await page.getByRole("button", { name: "Dark", exact: true }).waitFor();
    const other = await page.context().newPage();
    await other.goto(`${world.server.url}/console/`);
    await other.getByRole("button", { name: "Dark", exact: true }).click();
    await page.getByRole("button", { name: "Light", exact: true }).waitFor();
    expect(await page.evaluate("document.documentElement.dataset.colorMode")).toBe("dark");
    await other.getByRole("button", { name: "Light", exact: true }).click();
    await other.close();
  },
);
