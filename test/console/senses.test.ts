import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { startDurableWorld, type World } from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* The console for those who use no mouse, see no colours of its own, or take longer to read. */

let world: World;
let browser: Browser;
let page: Page;
withBrowser(startDurableWorld, async (opened) => {
  ({ world, browser } = opened);
  ({ page } = await signIn(browser, world, "initech-dev"));
});

test.skipIf(!hasChromium)(
  "the first Tab shows a link that leads past the navigation",
  { timeout: 60_000 },
  async () => {
    const link = page.getByRole("link", { name: "Skip to content" });
    const isSeen = async (): Promise<boolean> => {
      const { x = -1, width = 0 } = (await link.boundingBox()) ?? {};
      const clip = await page.evaluate("getComputedStyle(document.querySelector('.skip')).clipPath");
      return x >= 0 && width > 50 && clip === "none";
    };
    expect(await isSeen()).toBe(false);
    await page.keyboard.press("Tab");
    expect(await isSeen()).toBe(true);
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("content");
  },
);

test.skipIf(!hasChromium)(
  "in forced colours only the current page of the navigation is underlined",
  { timeout: 60_000 },
  async () => {
    await page.emulateMedia({ forcedColors: "active" });
    const underlines = await page.evaluate<[boolean, string][]>(
      "[...document.querySelectorAll('header + nav a')].map(a => [a.hasAttribute('aria-current'), getComputedStyle(a).borderBottomColor])",
    );
    await page.emulateMedia({ forcedColors: "none" });
    const current = underlines.filter(([isCurrent]) => isCurrent).map(([, colour]) => colour);
    const others = new Set(underlines.filter(([isCurrent]) => !isCurrent).map(([, colour]) => colour));
    expect([current.length, others.size]).toEqual([1, 1]);
    expect([...others]).not.toEqual(current);
  },
);

test.skipIf(!hasChromium)(
  "a switch of one subscription among many is named by its service",
  { timeout: 60_000 },
  async () => {
    await page.goto(`${world.server.url}/console/consumer/subscriptions`);
    await page
      .getByRole("button", { name: "Durable Delivery of acme/provider/releases", exact: true })
      .waitFor({ timeout: 10_000 });
  },
);

test.skipIf(!hasChromium)(
  "a message with an undo stays for as long as the pointer or the keyboard is on it",
  { timeout: 60_000 },
  async () => {
    await page.clock.install();
    await page.goto(`${world.server.url}/console/consumer/subscriptions`);
    await page.getByRole("button", { name: /Durable Delivery/ }).click();
    const undo = page.getByRole("button", { name: "Undo" });
    await undo.focus();
    await page.clock.fastForward(60_000);
    expect(await undo.isVisible()).toBe(true);
    await page.getByRole("button", { name: /Durable Delivery/ }).focus();
    await page.clock.fastForward(60_000);
    await undo.waitFor({ state: "detached" });
  },
);
