import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { startDurableWorld, WORKFLOW, type World } from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* What a form sends, and what stays in it where it cannot be sent. */

let world: World;
let browser: Browser;
let page: Page;
withBrowser(startDurableWorld, async (opened) => {
  ({ world, browser } = opened);
  ({ page } = await signIn(browser, world, "acme-dev", { path: null }));
});

const service = () => world.server.deps.store.catalog.findService(world.serviceId);
const open = (path: string) => page.goto(`${world.server.url}/console${path}`);
const openService = async (): Promise<void> => {
  await open(`/provider/${world.provider}/services?service=releases`);
  await page.getByRole("dialog", { name: "Service releases" }).waitFor();
};
/** Signs in in another tab of the same browser. */
async function signInElsewhere(login: string): Promise<void> {
  world.github.control.setSignIn(login);
  const other = await page.context().newPage();
  await other.goto(`${world.server.url}/console/`);
  await other.getByRole("link", { name: "Sign in with GitHub" }).click();
  await other.getByRole("button", { name: `Signed in as ${login}` }).waitFor();
  await other.close();
}
const save = (on = page) => on.getByRole("button", { name: "Save", exact: true });

test.skipIf(!hasChromium)(
  "of two people who change one service at once, neither undoes what the other changed",
  { timeout: 60_000 },
  async () => {
    await openService();
    await page.getByLabel("Description", { exact: true }).fill("Mine");
    await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { tags: ["theirs"] });
    await save().click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await service()).toMatchObject({ description: "Mine", tags: ["theirs"], workflow: WORKFLOW });
  },
);

test.skipIf(!hasChromium)(
  "a consumer who changes the form of events takes back no branch that another chose",
  { timeout: 60_000 },
  async () => {
    const sent: unknown[] = [];
    const { page: consumers, context } = await signIn(browser, world, "initech-dev", {
      path: `/consumer/${world.consumer}?subscription=${world.subscriptionId}`,
    });
    consumers.on("request", (request) => {
      if (request.method() === "PATCH") sent.push(request.postDataJSON());
    });
    await consumers.getByLabel("Events come as CloudEvents, too").check();
    await consumers.getByRole("button", { name: "Save how runs are started" }).click();
    await consumers.getByText("Saved.").waitFor();
    expect(sent).toEqual([{ format: "cloudevents" }]);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "of two people who change settings of durable delivery, neither undoes what the other changed",
  { timeout: 60_000 },
  async () => {
    const { page: consumers, context } = await signIn(browser, world, "initech-dev");
    const path = `/subscriptions/${world.subscriptionId}`;
    await consumers.goto(
      `${world.server.url}/console/consumer/${world.consumer}?subscription=${world.subscriptionId}`,
    );
    const waits = consumers.getByLabel("Seconds to wait for a confirm");
    const dispatches = consumers.getByLabel("Dispatches before it fails");
    await waits.fill("120");
    await world.api("initech-dev", "PATCH", path, { durable: { maxAttempts: 3 } });
    // What is not touched follows what the other saved; what was typed stays.
    await expect.poll(() => dispatches.inputValue(), { timeout: 15_000 }).toBe("3");
    expect(await waits.inputValue()).toBe("120");
    const sent = consumers.waitForRequest((request) => request.method() === "PATCH");
    await save(consumers).click();
    expect((await sent).postDataJSON()).toEqual({ durable: { confirmWithin: 120 } });
    await consumers.getByText("Saved.").waitFor();
    expect(await world.api("initech-dev", "GET", path)).toMatchObject({
      durable: { confirmWithin: 120, maxAttempts: 3 },
    });
    // What was saved is no edit any more.
    await world.api("initech-dev", "PATCH", path, { durable: { confirmWithin: 180 } });
    await expect.poll(() => waits.inputValue(), { timeout: 15_000 }).toBe("180");
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a value that is refused says what is wrong with it, at its field and at the head",
  { timeout: 60_000 },
  async () => {
    const { page: consumers, context } = await signIn(browser, world, "initech-dev", {
      path: `/consumer/${world.consumer}?subscription=${world.subscriptionId}`,
    });
    await consumers.getByLabel("Dispatches before it fails").fill("99");
    await save(consumers).click();
    const words = "must be 20 or less";
    await expect.poll(() => consumers.getByText(words).count()).toBe(2);
    expect(await consumers.getByRole("alert").innerText()).toContain("durable/maxAttempts");
    await consumers.getByLabel("Event types").fill("x".repeat(101));
    await consumers.getByRole("button", { name: "Save event types" }).click();
    await expect.poll(() => consumers.getByText("must have at most 100 characters").count()).toBe(2);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "without a network a change fails at once, stays in its form, and is not made later by itself",
  { timeout: 60_000 },
  async () => {
    await openService();
    await page.getByLabel("Description", { exact: true }).fill("Typed in a tunnel");
    await page.getByLabel("The provider may replay, too").scrollIntoViewIfNeeded();
    await page.context().setOffline(true);
    await save().click();
    const alert = page.getByRole("dialog").getByRole("alert");
    await alert.getByText("Zekt cannot be reached. Check your network connection.").waitFor();
    // It stands at the head of a long form, and is brought into sight.
    await expect.poll(async () => (await alert.boundingBox())?.y).toBeGreaterThan(0);
    await page.context().setOffline(false);
    expect(await page.getByLabel("Description", { exact: true }).inputValue()).toBe("Typed in a tunnel");
    expect((await service())?.description).toBe("Mine");
    await save().click();
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect((await service())?.description).toBe("Typed in a tunnel");
  },
);

test.skipIf(!hasChromium)(
  "the secret of a webhook for notifications is shown after it was saved",
  { timeout: 60_000 },
  async () => {
    await open(`/provider/${world.provider}/notifications`);
    await page.getByLabel("A webhook").check();
    await page.getByLabel("Address").fill("https://hooks.example.com/zekt");
    await save().click();
    await page.getByText("Notifications are saved.").waitFor();
    await page.getByText(/^whsec_/).waitFor();
    expect(await page.getByLabel("Address").inputValue()).toBe("https://hooks.example.com/zekt");
  },
);

test.skipIf(!hasChromium)(
  "who changes the form of notices takes back no address that another chose meanwhile",
  { timeout: 60_000 },
  async () => {
    const path = `/repositories/${world.provider}/notifications`;
    await open(`/provider/${world.provider}/notifications`);
    expect(await page.getByLabel("Address").inputValue()).toBe("https://hooks.example.com/zekt");
    const url = "https://hooks.example.com/theirs";
    await world.api("acme-dev", "PUT", path, { by: "webhook", url });
    await page.getByLabel("Form").selectOption("cloudevents");
    await save().click();
    await page.getByText("Notifications are saved.").waitFor();
    expect(await world.api("acme-dev", "GET", path)).toMatchObject({ url, format: "cloudevents" });
    await expect.poll(() => page.getByLabel("Address").inputValue()).toBe(url);
    // Theirs is shown to them alone.
    expect(await page.getByText(/^whsec_/).count()).toBe(0);
  },
);

test.skipIf(!hasChromium)(
  "what was typed before the session ended is saved after a sign-in in another tab",
  { timeout: 60_000 },
  async () => {
    await openService();
    await page.getByLabel("Description", { exact: true }).fill("Typed before");
    await page.context().clearCookies();
    await save().click();
    await page
      .getByRole("dialog")
      .getByRole("alert")
      .getByText(/sign in/i)
      .waitFor();
    await signInElsewhere("acme-dev");
    await save().click();
    await expect.poll(async () => (await service())?.description).toBe("Typed before");
  },
);

test.skipIf(!hasChromium)(
  "a tab changes nothing in the name of somebody else who signed in in another one",
  { timeout: 60_000 },
  async () => {
    await openService();
    await page.getByLabel("Description", { exact: true }).fill("In whose name?");
    await page.context().clearCookies();
    await signInElsewhere("initech-dev");
    // As a look at this tab does: its page reads anew who is signed in.
    const theirs = page.getByRole("button", { name: "Signed in as initech-dev", includeHidden: true });
    const look = () => page.evaluate('window.dispatchEvent(new Event("visibilitychange"))');
    await expect.poll(() => look().then(() => theirs.count()), { timeout: 15_000 }).toBe(1);
    await save().click();
    await page.getByRole("alert").getByText("You signed in as initech-dev in another tab.").waitFor();
    expect((await service())?.description).toBe("Typed before");
  },
);

test.skipIf(!hasChromium)(
  "what is typed in a panel stays while the list below cannot be read, and while nobody is signed in",
  { timeout: 90_000 },
  async () => {
    const { page: consumers, context } = await signIn(browser, world, "initech-dev", {
      path: `/consumer/${world.consumer}?subscription=${world.subscriptionId}`,
    });
    const filter = consumers.getByLabel("Filter");
    await filter.fill("run.conclusion");
    let isDown = true;
    await consumers.route(/\/subscriptions$/, (route) =>
      isDown ? route.fulfill({ status: 403, json: { detail: "needle" } }) : route.fallback(),
    );
    const count = (text: string) => (): Promise<number> => {
      world.server.deps.store.changes.publish(world.consumer);
      return consumers.locator("main").getByText(text).count();
    };
    const reads = (text: string) => expect.poll(count(text), { timeout: 20_000 }).toBeGreaterThan(0);
    await reads("needle");
    expect(await filter.inputValue()).toBe("run.conclusion");
    isDown = false;
    await context.clearCookies();
    await reads("sign in");
    expect(await filter.inputValue()).toBe("run.conclusion");
    await context.close();
  },
);
