import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { BROWSERS } from "../../app/console/vite.config.ts";
import { until } from "../../harness/stage.ts";
import { deliveriesTo, publish, startDurableWorld, type World } from "../../harness/world.ts";
import { readDocument } from "../docs/documents.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* The oldest browsers that the console promises to work in. */

let world: World;
let browser: Browser;

withBrowser(startDurableWorld, async (opened) => {
  ({ world, browser } = opened);
  await publish(world, "built");
  await until(async () => (await deliveriesTo(world, world.consumer)).length === 2);
});

test("the build, the check of the sources and the guide name the same browsers", () => {
  const { prose } = readDocument("docs/quick-start.md");
  const named = /Chrome and Edge (\d+), Firefox (\d+), and Safari ([\d.]+)/.exec(prose)?.slice(1) ?? [];
  const [chrome, firefox, safari] = named;
  expect(BROWSERS).toEqual([
    `chrome${chrome}`,
    `edge${chrome}`,
    `firefox${firefox}`,
    `safari${safari}`,
    `ios${safari}`,
  ]);
  const { compilerOptions } = JSON.parse(readFileSync("app/console/tsconfig.json", "utf8"));
  expect(compilerOptions.lib).toEqual(["ES2024", "DOM", "DOM.Iterable"]);
});

/** Removes what came to Chrome, Firefox or Safari after those browsers, as far as pages may ask for it by name. */
const AS_OLD = `{
  for (const name of ["Iterator", "Temporal", "navigation", "scheduler", "cookieStore", "requestIdleCallback"])
    delete window[name];
  const iterator = Object.getPrototypeOf(Object.getPrototypeOf([].values()));
  for (const name of Object.getOwnPropertyNames(iterator)) if (name !== "constructor") delete iterator[name];
  for (const [of, names] of [
    [Set.prototype, "union intersection difference symmetricDifference isSubsetOf isSupersetOf isDisjointFrom"],
    [Map.prototype, "getOrInsert getOrInsertComputed"],
    [Promise, "try"],
    [Array, "fromAsync"],
    [RegExp, "escape"],
    [Error, "isError"],
    [Math, "sumPrecise"],
    [Uint8Array, "fromBase64 fromHex"],
    [Uint8Array.prototype, "toBase64 toHex"],
    [URL, "parse"],
    [Intl, "DurationFormat"],
    [Document.prototype, "startViewTransition"],
    [Element.prototype, "scrollIntoViewIfNeeded moveBefore"],
    [HTMLDialogElement.prototype, "requestClose"],
  ])
    for (const name of names.split(" ")) delete of[name];
}`;

test.skipIf(!hasChromium)(
  "pages, dialogs, the map and a payload work without what came after those browsers",
  { timeout: 120_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, world, "initech-dev");
    await page.addInitScript(AS_OLD);
    const open = (path: string) => page.goto(`${world.server.url}/console${path}`);
    await open("/");
    expect(await page.evaluate("[typeof Iterator, typeof new Set().union, typeof [].values().map]")).toEqual(
      Array(3).fill("undefined"),
    );
    await page.locator(".recharts-surface").first().waitFor();
    await page.getByRole("button", { name: "Signed in as initech-dev" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).waitFor();
    await open("/connections/map");
    await page.locator(".react-flow__node").first().waitFor();
    await open(`/consumer/${world.consumer}?subscription=${world.subscriptionId}`);
    await page.getByRole("dialog").getByLabel("Dispatches before it fails").waitFor();
    await open(`/consumer/${world.consumer}/received`);
    await page.getByRole("link", { name: "built" }).click();
    await page.getByRole("region", { name: "Payload" }).getByText("n: ").waitFor();
    await page.getByRole("link", { name: "Usage" }).click();
    await page.getByRole("heading", { level: 1, name: "Usage" }).waitFor();
    await page.getByRole("link", { name: "Directory" }).click();
    await page.getByRole("link", { name: "acme/provider/releases" }).click();
    await page.getByText("repository_dispatch:").waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  },
);
