import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { deliveriesTo, dispatchesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

let world: World;
let browser: Browser;

withBrowser(startWorld, async (opened) => {
  ({ world, browser } = opened);
  for (let n = 0; n < 3; n++) await publish(world);
  await until(async () => {
    const deliveries = await deliveriesTo(world, world.consumer);
    return deliveries.length === 3 && deliveries.every(({ isFinalized }) => isFinalized);
  });
});

test.skipIf(!hasChromium)(
  "a consumer counts what a bulk replay would take, starts it and sees what came of it",
  { timeout: 60_000 },
  async () => {
    const { page, complaints } = await signIn(browser, world, "initech-dev", {
      path: `/consumer/${world.consumer}/received?status=Dispatched`,
    });
    await page.getByRole("button", { name: "Replay many" }).click();
    const dialog = page.getByRole("dialog", { name: "Replay deliveries" });
    expect(await dialog.getByLabel("Dispatched").isChecked()).toBe(true);
    expect(await dialog.getByRole("button", { name: "Replay", exact: true }).isDisabled()).toBe(true);
    await dialog.getByRole("button", { name: "Count them" }).click();
    await dialog.getByText("3 deliveries would be replayed, of 3").waitFor();
    // A count speaks of the filter it was made with.
    await dialog.getByLabel("Failed").check();
    await dialog.getByText("would be replayed").waitFor({ state: "detached" });
    await dialog.getByRole("button", { name: "Count them" }).click();
    await dialog.getByRole("button", { name: "Replay 3" }).click();
    await dialog.getByText("Done: 3 of 3 deliveries replayed").waitFor();
    await until(() => dispatchesTo(world, "initech/consumer").length === 6);
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("row").nth(6).waitFor();
    expect(complaints).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  "from a connection's diagnostics one comes to its replay; a provider who may not is told why",
  { timeout: 60_000 },
  async () => {
    const { page } = await signIn(browser, world, "acme-dev", {
      path: "/connections?side=provider",
    });
    await page.getByText("zekt-workflow-completed ·").waitFor();
    await page.getByRole("button", { name: "acme/provider/releases" }).click();
    await page.getByRole("button", { name: "Replay many" }).click();
    const dialog = page.getByRole("dialog", { name: "Replay deliveries" });
    expect(new URL(page.url()).searchParams.get("replaying")).toBe(world.subscriptionId);
    await dialog.getByRole("button", { name: "Count them" }).click();
    await dialog.getByText("a provider may only where its service says so").waitFor();
  },
);

test.skipIf(!hasChromium)(
  "a page by plain http of another machine replays a delivery, too",
  { timeout: 60_000 },
  async () => {
    const { length } = await deliveriesTo(world, world.consumer);
    await publish(world);
    await until(async () => {
      const deliveries = await deliveriesTo(world, world.consumer);
      return deliveries.length === length + 1 && deliveries.every(({ isFinalized }) => isFinalized);
    });
    const newest = (await deliveriesTo(world, world.consumer)).at(-1);
    const before = dispatchesTo(world, "initech/consumer").length;
    const { page, context, complaints } = await signIn(browser, world, "initech-dev");
    // Pages that are not secure have no such function.
    await page.addInitScript("delete Crypto.prototype.randomUUID");
    await page.goto(`${world.server.url}/console/deliveries/${newest?.deliveryId}`);
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Replay" }).click();
    await page.getByRole("link", { name: "Open the new delivery" }).waitFor();
    await until(() => dispatchesTo(world, "initech/consumer").length === before + 1);
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a year has four digits, so that one more leaves the field of a bulk replay's time as it is",
  { timeout: 60_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, world, "initech-dev");
    await page.goto(`${world.server.url}/console/consumer/${world.consumer}/received`);
    await page.getByRole("button", { name: "Replay many" }).click();
    const from = page.getByRole("dialog").getByLabel("Made from");
    await from.fill("2026-01-02T09:30");
    await from.focus();
    for (const key of ["Tab", "Tab", "2", "0", "2", "6", "1"]) await page.keyboard.press(key);
    expect(await from.inputValue()).toBe("2026-01-02T01:30");
    // As a browser without that bound has it.
    await from.evaluate((field: { max: string }) => (field.max = ""));
    await from.fill("20261-01-02T09:30");
    await page.getByRole("dialog", { name: "Replay deliveries" }).getByText("Made until").waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  },
);
