import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { startDurableWorld, WORKFLOW, type World } from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* Where all of a list is needed, what stands on its second page is there as well. */

let world: World;
let browser: Browser;
withBrowser(startDurableWorld, (opened) => {
  ({ world, browser } = opened);
  world.github.control.setMember("initech", "initech-dev", "admin");
});

/** Answers each list with a page before its own: it has nothing of what is looked for. */
const precede = (page: Page): Promise<unknown> =>
  page.route(
    /\/api\/(repositories|connections|installations|repositories\/\d+\/\w+)(\?|$)/,
    async (route) => {
      const address = new URL(route.request().url());
      const isFirst = address.searchParams.get("cursor") === null;
      address.searchParams.delete("cursor");
      const response = await route.fetch({ url: address.href });
      const json = await response.json();
      if (!isFirst) return await route.fulfill({ response, json });
      const items = address.pathname.endsWith("/workflows")
        ? [{ ...json.items[0], path: "another.yml" }]
        : [];
      await route.fulfill({ response, json: { ...json, items, cursor: "next" } });
    },
  );

test.skipIf(!hasChromium)(
  "what a list has on its second page can be chosen, opened and changed",
  { timeout: 90_000 },
  async () => {
    const { page, complaints } = await signIn(browser, world, "initech-dev", { path: null });
    await precede(page);
    const open = (path: string) => page.goto(`${world.server.url}/console${path}`);
    const { consumer, provider, serviceId, subscriptionId } = world;

    await open(`/directory/${serviceId}`);
    await page.getByLabel("Delivers to").selectOption({ label: "initech/consumer" });
    await open("/consumer/subscriptions");
    const durable = page.getByRole("button", { name: "Durable Delivery of acme/provider/releases" });
    await expect.poll(() => durable.isEnabled(), { timeout: 10_000 }).toBe(true);
    await open(`/consumer/${consumer}?subscription=${subscriptionId}`);
    await page.getByRole("dialog", { name: "acme/provider/releases" }).waitFor();
    await open(`/connections?replaying=${subscriptionId}`);
    const replay = page.getByRole("dialog", { name: "Replay deliveries" });
    expect(await replay.getByLabel("Connection").inputValue()).toBe(subscriptionId);
    await open(`/consumer/${consumer}/received`);
    await page.getByRole("button", { name: "Replay many" }).waitFor();
    await open("/usage");
    await page.getByLabel("Owner", { exact: true }).selectOption({ label: "initech" });

    const other = await signIn(browser, world, "acme-dev", { path: null });
    await precede(other.page);
    await other.page.goto(`${world.server.url}/console/provider/deliveries?repository=${provider}`);
    await other.page.getByRole("heading", { name: "No deliveries yet" }).waitFor();
    await other.page.goto(`${world.server.url}/console/provider/${provider}`);
    await other.page.getByText(WORKFLOW, { exact: true }).waitFor();
    expect([...complaints, ...other.complaints]).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  "an owner in the address is shown though it is on the second page, and none in its place until then",
  { timeout: 60_000 },
  async () => {
    const { page } = await signIn(browser, world, "initech-dev", { path: null });
    type Owners = { items: { ownerId: string; login: string }[] };
    const { items } = await world.api<Owners>("initech-dev", "GET", "/installations");
    const wanted = items.find(({ login }) => login === "initech");
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.route(/\/api\/installations(\?|$)/, (route) =>
      route.request().url().includes("cursor=next")
        ? route.fulfill({ json: { items: [wanted], cursor: null, leftOut: [] } })
        : route.fulfill({
            json: { items: [{ ...wanted, ownerId: "999", login: "first" }], cursor: "next", leftOut: [] },
          }),
    );
    await page.goto(`${world.server.url}/console/usage?owner=${wanted?.ownerId}`);
    await expect.poll(() => asked).toContain(`/api/owners/${wanted?.ownerId}/usage`);
    expect(await page.getByLabel("Owner", { exact: true }).inputValue()).toBe(wanted?.ownerId);
    expect(asked.filter((path) => path.startsWith("/api/owners/999"))).toEqual([]);
  },
);
