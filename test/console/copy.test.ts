import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { startDurableWorld, type World } from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* The buttons that copy a text, on pages that have the browser's clipboard and on those that have not. */

let world: World;
let browser: Browser;
withBrowser(startDurableWorld, async (opened) => {
  ({ world, browser } = opened);
});

test.skipIf(!hasChromium).each([
  ["by https or of this machine", true],
  ["by plain http of another machine", false],
] as const)(
  "a page %s copies a service's name, and keeps the focus",
  {
    timeout: 60_000,
  },
  async (_, isSecure) => {
    const { page, context } = await signIn(browser, world, "initech-dev", { path: null });
    if (isSecure) await context.grantPermissions(["clipboard-write"]);
    // Pages that are not secure have no such property.
    else await page.addInitScript("delete Navigator.prototype.clipboard");
    await page.goto(`${world.server.url}/console/consumer/subscriptions`);
    expect(await page.evaluate("navigator.clipboard !== undefined")).toBe(isSecure);
    await page.evaluate("document.body.append(document.createElement('textarea'))");
    const paper = page.locator("body > textarea");
    // All pages of a browser share what was copied.
    await paper.fill("something else");
    await paper.selectText();
    await page.keyboard.press("Control+X");
    await page.getByRole("button", { name: "Copy the service's name" }).first().click();
    const copied = page.getByRole("button", { name: "Copied", exact: true });
    await copied.waitFor();
    await expect
      .poll(() => copied.evaluate((button) => button === button.ownerDocument.activeElement))
      .toBe(true);
    // What was copied is what can be pasted.
    await paper.focus();
    await page.keyboard.press("Control+V");
    expect(await paper.inputValue()).toBe("acme/provider/releases");
    await context.close();
  },
);
