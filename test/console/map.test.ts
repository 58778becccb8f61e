import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import type { Connection } from "../../app/console/api/types.ts";
import { setStage } from "../../harness/stage.ts";
import { bringOn, silent } from "../../harness/world.ts";
import { serious } from "./axe.ts";
import { hasChromium, signIn } from "./browser.ts";
import { buildConnections, serveConnections } from "./many-connections.ts";
import { SCREENS } from "./pages.ts";
import { withBrowser } from "./with-browser.ts";

/* 20 repositories, 40 workflows, 120 services and 320 consumers: a map of 500 things that is still one. */

let stage: Awaited<ReturnType<typeof setStage>>;
let browser: Browser;
const connections: Connection[] = buildConnections();

withBrowser(
  () => setStage({ log: silent }),
  async (opened) => {
    ({ world: stage, browser } = opened);
    await bringOn(stage, "acme/provider");
  },
);

/** Nodes that are in the window, and how high their letters are there, in pixels. */
const SEEN = `(() => {
  const nodes = [...document.querySelectorAll(".react-flow__node")];
  const map = document.querySelector(".map").getBoundingClientRect();
  const inside = nodes.filter((node) => {
    const { left, right, top, bottom } = node.getBoundingClientRect();
    return right > map.left && left < map.right && bottom > map.top && top < map.bottom;
  });
  const scale = new DOMMatrix(getComputedStyle(document.querySelector(".react-flow__viewport")).transform).a;
  return { inside: inside.length, letters: 12 * scale };
})()`;

test.skipIf(!hasChromium)(
  "500 things are drawn by owner, found by name, opened, and listed in a table",
  { timeout: 120_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, stage, "acme-dev", { path: null });
    await serveConnections(page, connections);
    await page.goto(`${stage.server.url}/console/connections/map`);
    await page.getByText("36 of 500 shown").waitFor();
    expect(await page.locator(".react-flow__minimap").isVisible()).toBe(true);
    expect(await serious(page)).toEqual([]);

    await page.getByLabel("Find by name").fill("owner-7/consumer-151");
    await page.getByText("1 found").waitFor();
    const found = page.locator(".react-flow__node.found");
    await found.waitFor();
    expect(await found.textContent()).toBe("owner-7/consumer-151");
    const seen = () => page.evaluate<{ inside: number; letters: number }>(SEEN);
    await expect.poll(async () => (await seen()).letters).toBeGreaterThan(9);
    expect((await seen()).inside).toBeGreaterThan(0);

    await page.getByLabel("Find by name").fill("");
    await page.getByText("36 of 500 shown").waitFor();
    await page.locator(".react-flow__node", { hasText: "provider-3 · 6 services" }).click();
    await page.getByText("44 of 500 shown").waitFor();
    await page.getByRole("button", { name: "Open all" }).click();
    await page.getByText("500 of 500 shown").waitFor();

    await page.getByRole("button", { name: "Table" }).click();
    const table = page.getByRole("table", { name: "Connections" });
    await table.waitFor();
    expect(await table.getAttribute("aria-rowcount")).toBe(String(connections.length + 1));
    expect(await serious(page)).toEqual([]);
    await page.getByLabel("Find by name").fill("owner-7/consumer-151");
    await expect.poll(() => table.getByRole("row").count()).toBe(2);
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)("on a phone the table comes first, and the map is a tap away", async () => {
  const { page, context, complaints } = await signIn(browser, stage, "acme-dev", {
    path: null,
    viewport: SCREENS.phone,
  });
  await serveConnections(page, connections);
  await page.goto(`${stage.server.url}/console/connections/map`);
  await page.getByRole("table", { name: "Connections" }).waitFor();
  await page.getByRole("button", { name: "Map" }).click();
  await page.getByText("36 of 500 shown").waitFor();
  // It stays as it was chosen, by its address.
  await page.reload();
  await page.getByText("36 of 500 shown").waitFor();
  await page.getByRole("button", { name: "Table" }).click();
  await page.getByRole("table", { name: "Connections" }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});
