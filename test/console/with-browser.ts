import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import type { Stage } from "../../harness/stage.ts";
import { buildConsole, hasChromium, launch } from "./browser.ts";

/**
 * Starts a world with a console, and a browser, before the tests of a file, and closes both after them. Does nothing
 * where there is no Chromium: those tests are skipped.
 *
 * @param prepare - gets both, and does to the world what the tests begin with
 * @param ms - the longest that all of it may take
 */
export function withBrowser<T extends Stage>(
  start: () => Promise<T>,
  prepare: (opened: { world: T; browser: Browser }) => unknown,
  ms = 60_000,
): void {
  let world: T | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (!hasChromium) return;
    buildConsole();
    world = await start();
    browser = await launch();
    await prepare({ world, browser });
  }, ms);
  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });
}
