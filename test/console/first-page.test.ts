import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { iso } from "../../app/domain/clock.ts";
import { until } from "../../harness/stage.ts";
import { bringOn, deliveriesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { serious } from "./axe.ts";
import { hasChromium, signIn } from "./browser.ts";
import { SCREENS } from "./pages.ts";
import { withBrowser } from "./with-browser.ts";

let world: World;
let browser: Browser;

withBrowser(startWorld, async (opened) => {
  ({ world, browser } = opened);
  const asking = await bringOn(world, "umbrella/asking");
  await world.api("umbrella-dev", "PATCH", `/repositories/${asking}`, { consumer: true });
  await world.api("umbrella-dev", "POST", `/repositories/${asking}/subscriptions`, {
    service: world.serviceId,
  });
});

test.skipIf(!hasChromium)(
  "the first page says what needs attention, and each leads to where it is acted on",
  { timeout: 180_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, world, "acme-dev");
    await page.getByRole("link", { name: "1 request for acme/provider to decide" }).click();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByText("umbrella/asking is approved").waitFor();
    await page.getByRole("link", { name: "Overview" }).click();
    await page.getByText("Nothing needs your attention.").waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "changes that come faster than the figures are read once more when those are there, never at the same time",
  { timeout: 180_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev", { path: null });
    await page.clock.install();
    await page.addInitScript(
      "window.EventSource = class extends EventTarget { constructor() { super(); window.stream = this; } close() {} }",
    );
    const held: (() => void)[] = [];
    let [asked, most] = [0, 0];
    await page.route("**/api/overview*", async (route) => {
      asked++;
      // The first is the page's own.
      if (asked > 1) await new Promise<void>((resolve) => (most = Math.max(most, held.push(resolve))));
      await route.continue();
    });
    await page.goto(`${world.server.url}/console/`);
    await page.getByText("No deliveries in this time").waitFor();
    const change = async (): Promise<void> => {
      await page.evaluate("stream.dispatchEvent(new Event('change'))");
      await page.clock.runFor(1_000);
    };
    await change();
    await until(async () => held.length === 1);
    await change();
    await change();
    expect(most).toBe(1);
    held.pop()?.();
    await until(async () => {
      await page.clock.runFor(1_000);
      return held.length === 1;
    });
    expect([asked, most]).toEqual([3, 1]);
    held.pop()?.();
    await page.unrouteAll({ behavior: "wait" });
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "the way to a first delivery ticks itself off, and can be hidden",
  { timeout: 180_000 },
  async () => {
    await bringOn(world, "stark/fresh");
    const { page, context } = await signIn(browser, world, "stark-dev");
    const list = page.getByRole("region", { name: "Get started" });
    await list.getByText("Install the App on a repository").first().waitFor();
    await list.getByRole("link", { name: "Enable a repository as a provider" }).click();
    await page.getByRole("button", { name: "stark/fresh as provider" }).click();
    await page.getByText("stark/fresh is enabled as a provider.").waitFor();
    await page.getByRole("link", { name: "Overview" }).click();
    await list.getByRole("link", { name: "Whitelist a workflow" }).waitFor();
    await list
      .getByRole("link", { name: "Enable a repository as a provider" })
      .waitFor({ state: "detached" });
    await list.getByRole("button", { name: "Hide" }).click();
    await list.waitFor({ state: "detached" });
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "with the keyboard alone one searches, goes through rows, opens one, and comes back",
  { timeout: 180_000 },
  async () => {
    await publish(world);
    const { page, context } = await signIn(browser, world, "acme-dev");
    // The chart is hidden from screen readers, so that axe does not look at its words.
    const legend = page.locator(".legend").first();
    await legend.waitFor();
    expect(await page.evaluate("getComputedStyle(document.querySelector('.legend')).color")).toBe(
      await page.evaluate("getComputedStyle(document.body).color"),
    );
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).getByText("Next row").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await page.getByRole("heading", { name: "Delivery Status" }).waitFor();
    await page.getByRole("link", { name: "zekt-workflow-completed" }).first().waitFor();
    const narrowed = page.waitForResponse(/\/api\/.*text=initech/);
    await page.keyboard.press("/");
    await page.keyboard.type("initech");
    await page.waitForURL(/text=initech/);
    await narrowed;
    await page.keyboard.press("Escape");
    await page.evaluate("document.activeElement.blur()");
    // The list is read anew by what was typed.
    await until(async () => {
      await page.keyboard.press("j");
      return await page.evaluate<boolean>("document.activeElement.textContent === 'zekt-workflow-completed'");
    });
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "zekt-workflow-completed" }).waitFor();
    await page.goBack();
    await page.waitForURL(/deliveries\?text=initech/);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "on a phone what identifies a row stays beside what acts on it, and the seed's pages are there by name",
  { timeout: 90_000 },
  async () => {
    const [first] = await deliveriesTo(world, world.consumer);
    if (!first) throw new Error("Nothing was delivered yet.");
    const at = iso(world.server.deps.clock.now());
    await world.server.deps.store.deliveries.add({
      ...first,
      ...{ deliveryId: "delivery-retried", eventType: "retried", status: "Completed", createdAt: at },
      ...{ attempts: [...first.attempts, ...first.attempts], confirmedAt: at, completedAt: at },
    });
    const provider = await signIn(browser, world, "acme-dev", {
      path: `/provider/${world.provider}/subscribers`,
      viewport: SCREENS.phone,
    });
    const row = provider.page.getByRole("row", { name: /initech\/consumer/ });
    await row.getByText("acme/provider/releases").waitFor();
    await row.getByText("every type").waitFor();
    await provider.page.goto(`${world.server.url}/console/provider/deliveries`);
    const delivery = provider.page.getByRole("row", { name: /zekt-workflow-completed/ }).first();
    await delivery.waitFor();
    for (const name of ["Confirmed", "Completed", "Retries"])
      expect(await delivery.locator(`[data-name=${name}]`).isVisible(), name).toBe(true);
    const told = async (type: string): Promise<(string | null)[]> => {
      const told = provider.page.getByRole("row", { name: new RegExp(type) }).first();
      return await Promise.all(
        ["Status", "Retries"].map((name) => told.locator(`[data-name=${name}]`).textContent()),
      );
    };
    expect(await told("zekt-workflow-completed")).toEqual(["Dispatched", "0"]);
    expect(await told("retried")).toEqual(["Completed", "1"]);
    await provider.context.close();
    const { page, context } = await signIn(browser, world, "initech-dev", {
      path: "/consumer",
      viewport: SCREENS.phone,
    });
    await page.getByRole("heading", { name: "Zekt Repos" }).waitFor();
    await page.locator("[data-name=Completion]").first().waitFor();
    await page.getByRole("link", { name: "Zekt Subscriptions" }).click();
    await page.getByText("Delivers to:").waitFor();
    await page.getByRole("button", { name: /Durable Delivery/ }).click();
    await page.getByText("Durable delivery needs confirmations").first().waitFor();
    expect(await serious(page)).toEqual([]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a repository's people see who changed what, and choose how they are notified",
  { timeout: 180_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev", {
      path: `/provider/${world.provider}/audit`,
    });
    await page.getByText("initech/consumer for acme/provider/releases").first().waitFor();
    await page.getByText("Subscription approved").first().waitFor();
    expect(await serious(page)).toEqual([]);
    const saved = async (name: string): Promise<string> => {
      const downloading = page.waitForEvent("download");
      await page.getByRole("button", { name, exact: true }).click();
      return readFileSync(await (await downloading).path(), "utf8");
    };
    const [head, ...lines] = (await saved("CSV")).trimEnd().split("\r\n");
    expect(head).toBe("at,action,subject,by,via,detail");
    const approved = lines.find((line) => line.includes("subscription-approved,initech/consumer for"));
    expect(approved).toMatch(/^\d{4}-\d\d-\d\dT[^,]+Z,.*,acme-dev,api,/);
    const entries = JSON.parse(await saved("JSON")) as { action: string; by: string | null; via: string }[];
    expect(entries).toHaveLength(lines.length);
    expect(entries.find(({ action }) => action === "subscription-approved")).toMatchObject({
      by: "acme-dev",
    });
    await page.getByRole("link", { name: "Notifications" }).click();
    await page.getByLabel("A webhook").check();
    await page.getByLabel("Address").fill("http://127.0.0.1/hook");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("That did not work").waitFor();
    await page.getByLabel("No notifications").check();
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Notifications are saved.").waitFor();
    expect(await serious(page)).toEqual([]);
    await context.close();
  },
);
