import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { CASES } from "../../demo/cases.ts";
import { play } from "../../demo/play.ts";
import { populate } from "../../demo/populate.ts";
import { type Stage, setStage } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";
import { serious } from "./axe.ts";
import { hasChromium, isDrawn, signIn, visit } from "./browser.ts";
import { pagesOf, SCREENS } from "./pages.ts";
import { withBrowser } from "./with-browser.ts";

let stage: Stage;
let browser: Browser;

withBrowser(
  () => setStage({ log: silent }),
  async (opened) => {
    ({ world: stage, browser } = opened);
    await populate(stage, () => {});
    for (const one of CASES.filter(({ name }) =>
      /event with message|confirmed and completed|not whitelisted/.test(name),
    ))
      await play(stage, one, () => {});
  },
  120_000,
);

test.skipIf(!hasChromium).each(["acme-dev", "hooli-dev"])(
  "every page of %s, on a phone and on a desktop, in light and in dark, is one that a screen reader can use, and complains of nothing",
  { timeout: 240_000 },
  async (login) => {
    const found: string[] = [];
    const { page, complaints } = await signIn(browser, stage, login);
    for (const { name, path } of pagesOf(stage).filter((one) => one.login === login)) {
      // Opened on the phone, widened to the desk's.
      for (const screen of ["phone", "desktop"] as const) {
        await page.setViewportSize(SCREENS[screen]);
        if (screen === "phone") await visit(page, `${stage.server.url}${path}`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await isDrawn(page);
        for (const one of await serious(page)) found.push(`${name} on a ${screen}: ${one}`);
      }
    }
    expect([...found, ...complaints]).toEqual([]);
  },
);
