import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { bringOn, deliveriesTo, publish, startDurableWorld, type World } from "../../harness/world.ts";
import { serious } from "./axe.ts";
import { hasChromium, signIn, visit } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* Each dialog, opened as a person opens it: a screen reader can use it, the keyboard stays in it and comes back. */

let world: World;
let browser: Browser;
/** Each person's page, signed in once. */
const pages: Record<string, Page> = {};

withBrowser(startDurableWorld, async (opened) => {
  ({ world, browser } = opened);
  await bringOn(world, "initech/second");
  await publish(world, "built");
  await until(async () => {
    const deliveries = await deliveriesTo(world, world.consumer);
    return deliveries.length === 2 && deliveries.every(({ status }) => status === "Dispatched");
  });
  for (const login of ["acme-dev", "initech-dev"]) pages[login] = (await signIn(browser, world, login)).page;
});

interface Opened {
  name: string;
  login: string;
  path: () => string;
  /** The button that opens it. */
  button: string;
  /** Prepares the page before it is checked. */
  prepare?: (page: Page) => Promise<void>;
}

const DIALOGS: Opened[] = [
  {
    name: "completion tracking",
    login: "initech-dev",
    path: () => "/consumer",
    button: "Completion tracking of initech/second",
  },
  {
    name: "a subscription with its durable settings",
    login: "initech-dev",
    path: () => `/consumer/${world.consumer}`,
    button: "acme/provider/releases",
    prepare: (page) => page.getByLabel("Dispatches before it fails").waitFor(),
  },
  {
    name: "a service to be made",
    login: "acme-dev",
    path: () => `/provider/${world.provider}/services`,
    button: "New service",
    prepare: async (page) => {
      await page.getByRole("button", { name: "Save" }).click();
      await page.getByText("That did not work").waitFor();
    },
  },
  {
    name: "a service to be changed",
    login: "acme-dev",
    path: () => `/provider/${world.provider}/services`,
    button: "releases",
  },
  {
    name: "diagnostics",
    login: "initech-dev",
    path: () => "/connections",
    button: "acme/provider/releases",
    prepare: (page) => page.getByText("Nothing failed").waitFor(),
  },
  {
    name: "a bulk replay",
    login: "initech-dev",
    path: () => `/consumer/${world.consumer}/received`,
    button: "Replay many",
    prepare: async (page) => {
      await page.getByRole("button", { name: "Count them" }).click();
      await page.getByText("would be replayed").waitFor();
    },
  },
  {
    name: "tracking to be turned off",
    login: "initech-dev",
    path: () => "/consumer",
    button: "Completion tracking of initech/consumer",
    prepare: async (page) => {
      await page.getByRole("button", { name: "Turn off" }).click();
      await page.getByText("What happens to durable subscriptions").waitFor();
    },
  },
  {
    name: "the question before a revocation",
    login: "acme-dev",
    path: () => `/provider/${world.provider}/subscribers`,
    button: "Revoke",
  },
];

const isFocusIn = (page: Page): Promise<boolean> =>
  page.evaluate<boolean>(
    "document.querySelector('[role=dialog], [role=alertdialog]').contains(document.activeElement)",
  );

test.skipIf(!hasChromium).each(DIALOGS)(
  "$name can be used by keyboard and screen reader",
  { timeout: 60_000 },
  async ({ login, path, button, prepare }) => {
    const page = pages[login] as Page;
    await visit(page, `${world.server.url}/console${path()}`);
    const opener = page.getByRole("button", { name: button, exact: true });
    await opener.focus();
    await page.evaluate("window.cameFrom = document.activeElement");
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog").or(page.getByRole("alertdialog"));
    await dialog.waitFor();
    await prepare?.(page);
    expect(await serious(page)).toEqual([]);
    for (let n = 0; n < 24; n++) {
      await page.keyboard.press(n < 16 ? "Tab" : "Shift+Tab");
      expect(await isFocusIn(page), `after ${n + 1} tabs`).toBe(true);
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await until(() => page.evaluate<boolean>("window.cameFrom === document.activeElement"));
  },
);

test.skipIf(!hasChromium)(
  "a service's page with its request for access and the account's menu are such, too",
  { timeout: 60_000 },
  async () => {
    const page = pages["initech-dev"] as Page;
    await page.goto(`${world.server.url}/console/directory/${world.serviceId}`);
    await page.getByRole("button", { name: "Request access" }).click();
    await page.getByText("Its subscriptions").or(page.getByText("That did not work")).first().waitFor();
    await page.getByText("repository_dispatch:").waitFor();
    expect(await serious(page)).toEqual([]);
    await page.getByRole("button", { name: "Signed in as initech-dev" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    expect(await serious(page)).toEqual([]);
  },
);
