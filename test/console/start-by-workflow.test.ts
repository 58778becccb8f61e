import { readFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { DEPLOY, deliveriesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* A consumer chooses workflow_dispatch in the browser, with the workflow that the guide shows. */

const guide = readFileSync(new URL("../../docs/durable-delivery.md", import.meta.url), "utf8");
const shown = [...guide.matchAll(/```yaml\n(.*?)```/gs)]
  .map(([, text]) => text as string)
  .find((text) => text.includes("workflow_dispatch:\n"));

let world: World;
let browser: Browser;

const workflow = String(shown).replace("./deploy.sh", "echo deployed");
withBrowser(
  () => startWorld({}, {}, { files: { [DEPLOY]: workflow } }),
  async (opened) => {
    ({ world, browser } = opened);
    world.github.world.settings.runWorkflows = true;
    // The world's own subscription starts runs by repository_dispatch.
    await world.api("initech-dev", "DELETE", `/subscriptions/${world.subscriptionId}`);
  },
);

function grant(): void {
  const { control, world: github } = world.github;
  const owner = control.account("initech");
  const there = [...github.installations.values()].find(({ accountId }) => accountId === owner.id);
  if (there) there.permissions = { metadata: "read", actions: "write", contents: "read" };
}

test.skipIf(!hasChromium)(
  "a consumer starts the guide's workflow by workflow_dispatch from the console, and sees the run at once",
  { timeout: 90_000 },
  async () => {
    const { page, complaints } = await signIn(browser, world, "initech-dev", {
      path: `/directory/${world.serviceId}`,
    });
    await page.getByText("Started by workflow_dispatch, so that GitHub names the run").click();
    await page.getByText("fromJSON(inputs.zekt).zekt.deliveryId").waitFor();
    await page.getByLabel("Workflow", { exact: true }).fill(DEPLOY);
    expect(
      await page.getByLabel("Start it by workflow_dispatch, so that GitHub names the run").isChecked(),
    ).toBe(true);
    await page.getByRole("button", { name: "Request access" }).click();
    await page.getByText("The App may not start workflows in initech/consumer.").first().waitFor();
    grant();
    await page.getByRole("button", { name: "Request access" }).click();
    await page.getByText("Requested. The provider decides next.").waitFor();

    const path = `/repositories/${world.consumer}/subscriptions`;
    const { items } = await world.api<{ items: { subscriptionId: string; start: string }[] }>(
      "initech-dev",
      "GET",
      path,
    );
    const asked = items.find(({ start }) => start === "workflow_dispatch");
    await world.api("acme-dev", "POST", `/subscriptions/${asked?.subscriptionId}/approve`);
    await publish(world);
    await until(async () => (await deliveriesTo(world, world.consumer)).at(-1)?.status === "Dispatched");
    await world.github.control.idle();
    const [sent] = world.github.control.workflowDispatches("initech/consumer");
    const { runs } = world.github.control.parts;
    expect(runs.latest(runs.find(sent?.runId ?? 0)).log.join("\n")).toContain("deployed");

    await page.getByRole("link", { name: "Consumer", exact: true }).click();
    await page.getByRole("link", { name: "initech/consumer" }).click();
    await page.getByRole("link", { name: "Received events" }).click();
    await page.getByRole("link", { name: "zekt-workflow-completed" }).first().click();
    await page.getByRole("heading", { level: 1, name: "zekt-workflow-completed" }).waitFor();
    const run = page.locator(`a[href$="/runs/${sent?.runId}"]`);
    await run.first().waitFor();
    // The refused request is an answer that the browser names as well.
    expect(complaints.filter((line) => !line.includes("403"))).toEqual([]);
  },
);
