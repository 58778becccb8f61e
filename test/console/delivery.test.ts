import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { deliveriesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { serious } from "./axe.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

let world: World;
let browser: Browser;

withBrowser(startWorld, async (opened) => {
  ({ world, browser } = opened);
  await publish(world, "built");
  await until(async () => {
    const all = await deliveriesTo(world, world.consumer);
    return all.length === 2 && all.every(({ isFinalized }) => isFinalized);
  });
});

test.skipIf(!hasChromium)(
  "a delivery's page shows both sides, each attempt's request and answer, and the payload as a tree",
  { timeout: 90_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, world, "initech-dev", {
      path: `/consumer/${world.consumer}/received?durable=false`,
    });
    // A click anywhere in the row opens it, and Back comes back to the filters.
    await page.getByRole("row", { name: /built/ }).getByText("Dispatched", { exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "built" }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: "built" }).waitFor();
    expect(new URL(page.url()).search).toBe("?durable=false");
    await page.getByRole("link", { name: "built" }).click();
    await page.getByText("acme/provider/releases").first().waitFor();
    const run = page.getByRole("link", { name: /^\d+$/ });
    expect(await run.getAttribute("href")).toContain("/acme/provider/actions/runs/");
    await page.getByRole("rowheader", { name: "Attempt 1" }).waitFor();
    await page.getByText("Attempt 1: dispatched").click();
    await page.getByText("/dispatches").first().waitFor();
    await page.getByText("Status 204").waitFor();
    await page.getByText("x-github-api-version").waitFor();
    const payload = page.getByRole("region", { name: "Payload" });
    await payload.getByText("n: ").waitFor();
    await payload.getByLabel("Find in the payload").fill("nothing like this");
    await payload.getByText("0 matches").waitFor();
    await payload.getByLabel("Find in the payload").fill("n");
    await payload.getByText("1 match", { exact: true }).waitFor();
    const downloading = page.waitForEvent("download");
    await payload.getByRole("link", { name: "Download" }).click();
    const file = await (await downloading).path();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ n: expect.any(Number) });
    expect(await serious(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a list is narrowed, saved as a view and exported as CSV and JSON",
  { timeout: 90_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev", {
      path: `/provider/${world.provider}/deliveries`,
    });
    await page.getByRole("link", { name: "built" }).waitFor();
    await page.getByRole("button", { name: "More filters" }).click();
    await page.getByLabel("Replays").selectOption("Replays only");
    await page.getByText("No delivery matches the filters").waitFor();
    await page.getByLabel("Replays").selectOption("Without replays");
    await page.getByRole("link", { name: "built" }).waitFor();
    await page.getByRole("button", { name: "Save view" }).click();
    await page.getByLabel("Name").fill("originals");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByLabel("Saved views").selectOption("originals");
    expect(new URL(page.url()).search).toBe("?replay=false");
    const saved = async (name: string): Promise<string> => {
      const downloading = page.waitForEvent("download");
      await page.getByRole("button", { name, exact: true }).click();
      return readFileSync(await (await downloading).path(), "utf8");
    };
    const csv = (await saved("CSV")).split("\r\n");
    expect(csv[0]).toMatch(/^deliveryId,eventType,status,service,consumer,/);
    expect(csv).toHaveLength(4);
    const json = JSON.parse(await saved("JSON"));
    expect(json.map(({ eventType }: { eventType: string }) => eventType).sort()).toEqual([
      "built",
      "zekt-workflow-completed",
    ]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a delivery is found by its payload; the search says how far it went, and is not repeated by itself",
  { timeout: 90_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, world, "initech-dev", {
      path: `/consumer/${world.consumer}/received`,
    });
    await page.getByRole("button", { name: "More filters" }).click();
    const field = page.getByLabel("Payload");
    await field.fill("message.n =");
    await page.getByRole("button", { name: "Search payloads" }).click();
    await page.getByText("line 1, column 11").waitFor();
    await field.fill("message.n > 0");
    await page.keyboard.press("Enter");
    await page
      .getByText(/^Searched 2 deliveries, back to .*: 1 matches\. The expression failed for 1/)
      .waitFor();
    await page.getByText("there are no more to search").waitFor();
    expect(await page.getByRole("row").count()).toBe(2);
    expect(await page.getByText("Live", { exact: true }).count()).toBe(0);
    expect(await serious(page)).toEqual([]);
    // A refused expression is an answer that the browser names as well.
    expect(complaints.filter((line) => !line.includes("400"))).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a new delivery appears by the stream, nothing is polled, and no reading is billed",
  { timeout: 90_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "initech-dev", {
      path: `/consumer/${world.consumer}/received`,
    });
    await page.getByText("Live", { exact: true }).waitFor();
    const owner = world.github.control.account("initech").id;
    const { meters } = world.server.deps.store;
    const calls = async (): Promise<number> => {
      const hours = await meters.byHour(`owner#${owner}`, Date.now() - 3_600_000, Date.now() + 3_600_000);
      return [...hours.values()].reduce((sum, counts) => sum + (counts.apiCalls ?? 0), 0);
    };
    const before = await calls();
    await publish(world, "streamed");
    await page.getByRole("link", { name: "streamed" }).waitFor();
    expect(await calls()).toBe(before);
    await context.setOffline(true);
    await page.getByText("Offline", { exact: true }).waitFor();
    await context.setOffline(false);
    await page.getByText("Live", { exact: true }).waitFor();
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a year is typed into the filter of a time wherever the reader's clock is",
  { timeout: 90_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev", { timezoneId: "Europe/Berlin" });
    await page.goto(
      `${world.server.url}/console/provider/${world.provider}/deliveries?from=2026-01-02T08%3A30%3A00.000Z`,
    );
    const from = page.getByLabel("From");
    expect(await from.inputValue()).toBe("2026-01-02T09:30");
    // Early years, which the first digits make, have offsets with seconds.
    await from.fill("0002-01-02T09:30");
    await page.waitForURL(/from=0002-01-02/);
    await page.getByText("Live", { exact: true }).waitFor();
    await expect.poll(() => from.inputValue()).toBe("0002-01-02T09:30");
    await from.focus();
    for (const key of ["Tab", "Tab"]) await page.keyboard.press(key);
    await page.keyboard.type("2025");
    await expect.poll(() => from.inputValue()).toBe("2025-01-02T09:30");
    await page.waitForURL(/from=2025-01-02T08%3A30%3A00\.000Z/);
    await context.close();
  },
);
