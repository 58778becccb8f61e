import { readFileSync } from "node:fs";
import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { publish, startWorld, type World } from "../../harness/world.ts";
import { serious } from "./axe.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* Contracts in the browser: a provider declares an event type, and a consumer sees what a filter leaves out. */

let world: World;
let browser: Browser;
withBrowser(
  () => startWorld(),
  (opened) => {
    ({ world, browser } = opened);
  },
);

const SCHEMA = { type: "object", required: ["version"], properties: { version: { type: "string" } } };

async function saved(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name, exact: true }).click(),
  ]);
  return readFileSync(await download.path(), "utf8");
}

test.skipIf(!hasChromium)(
  "a provider declares an event type in the console, and the directory describes it and offers its files",
  { timeout: 90_000 },
  async () => {
    const provider = await signIn(browser, world, "acme-dev", {
      path: `/provider/${world.provider}/services`,
    });
    const { page } = provider;
    await page.getByText("releases", { exact: true }).first().click();
    await page.getByRole("button", { name: "Add an event type" }).click();
    await page.getByLabel("Event type", { exact: true }).fill("built");
    await page.getByLabel("JSON Schema").fill("{");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("This is no JSON: ").first().waitFor();
    await page.getByLabel("JSON Schema").fill(JSON.stringify(SCHEMA));
    await page.getByLabel("Example", { exact: true }).fill('{"version": 1}');
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("The example of built must be string.").first().waitFor();
    await page.getByLabel("Example", { exact: true }).fill('{"version": "1"}');
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("dialog").waitFor({ state: "detached" });

    await page.goto(`${world.server.url}/console/directory/${world.serviceId}`);
    await page.locator("summary", { hasText: "built" }).click();
    await page.getByText('"version": "1"').waitFor();
    expect(await serious(page)).toEqual([]);
    expect(JSON.parse(await saved(page, "AsyncAPI"))).toMatchObject({
      asyncapi: "3.0.0",
      components: { schemas: { built: { schema: SCHEMA } } },
    });
    expect(await saved(page, "TypeScript")).toContain("version: string;");
  },
);

test.skipIf(!hasChromium)(
  "a connection's diagnostics count what its filter leaves out, and say why it failed",
  { timeout: 90_000 },
  async () => {
    const { subscriptionId } = world;
    const filter = "run.nothing == 1";
    await world.api("initech-dev", "PATCH", `/subscriptions/${subscriptionId}`, { filter });
    await publish(world);
    const stats = `/connections/${subscriptionId}/stats`;
    await until(async () => {
      const { filtered } = await world.api<{ filtered: { last7Days: number } }>("initech-dev", "GET", stats);
      return filtered.last7Days === 1;
    });
    const { page } = await signIn(browser, world, "initech-dev", {
      path: `/connections?connection=${subscriptionId}`,
    });
    await page.getByText("The filter failed").waitFor();
    await page.getByText(/nothing.* In 7 days it failed for 1 event, which was not delivered\./).waitFor();
    expect(await page.locator(".card", { hasText: "Filtered in 7 days" }).innerText()).toContain("1");
    expect(await serious(page)).toEqual([]);
  },
);
