import type { Browser } from "playwright-core";
import { expect, test } from "vitest";
import { type Stage, setStage } from "../../harness/stage.ts";
import { bringOn, listeningWorkflow, silent, WORKFLOW, workflowFile } from "../../harness/world.ts";
import { blockWith, readDocument } from "../docs/documents.ts";
import { hasChromium, signIn, signInByPage } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* From the first sign-in to the first delivery, as a provider and as a consumer, with nothing but a browser. */

let stage: Stage;
let browser: Browser;

withBrowser(
  () => setStage({ log: silent }),
  async (opened) => {
    ({ world: stage, browser } = opened);
    stage.github.world.settings.runWorkflows = false;
    await bringOn(stage, "acme/provider", { files: { [WORKFLOW]: workflowFile("Release") } });
    const deploy = listeningWorkflow(["zekt-workflow-completed"]);
    await bringOn(stage, "initech/consumer", { files: { ".github/workflows/deploy.yml": deploy } });
  },
);

test.skipIf(!hasChromium)(
  "a provider and a consumer find each other in the console, and an event travels",
  {
    timeout: 90_000,
  },
  async () => {
    const provider = await signInByPage(browser, stage, "acme-dev");
    const { page } = provider;
    await page.getByRole("link", { name: "Provider", exact: true }).click();
    await page.getByRole("button", { name: "acme/provider as provider" }).click();
    await page.getByRole("link", { name: "acme/provider" }).click();
    await page.getByRole("button", { name: `Whitelist ${WORKFLOW}` }).click();
    await page.getByRole("heading", { name: "Workflows: 1 of 1 whitelisted" }).waitFor();
    await page.getByRole("link", { name: "Services" }).click();
    await page.getByRole("button", { name: "New service" }).click();
    await page.getByLabel("Name in addresses").fill("releases");
    await page.getByLabel("Workflow", { exact: true }).fill(WORKFLOW);
    await page.getByLabel("Who sees it").selectOption("public");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "releases" }).waitFor();

    const consumer = await signIn(browser, stage, "initech-dev");
    await consumer.page.getByRole("link", { name: "Consumer", exact: true }).click();
    await consumer.page.getByRole("button", { name: "initech/consumer as consumer" }).click();
    await consumer.page.getByRole("link", { name: "Directory" }).click();
    await consumer.page.getByRole("link", { name: "acme/provider/releases" }).click();
    await consumer.page.getByText("repository_dispatch:").waitFor();
    await consumer.page.getByRole("button", { name: "Request access" }).click();
    await consumer.page.getByText("Requested. The provider decides next.").waitFor();

    await page.getByRole("link", { name: "Subscribers" }).click();
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("button", { name: "Revoke" }).waitFor();
    const { control } = stage.github;
    const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
    await control.completeRun(run.id, "success");
    await page.getByRole("link", { name: "Delivery status" }).click();
    await page.getByRole("link", { name: "zekt-workflow-completed" }).click();
    await page.getByRole("heading", { name: "zekt-workflow-completed" }).waitFor();
    await page.getByText("GitHub answered 204").waitFor();

    await consumer.page.getByRole("link", { name: "Consumer", exact: true }).click();
    await consumer.page.getByRole("link", { name: "initech/consumer" }).click();
    await consumer.page.getByRole("link", { name: "Received events" }).click();
    await consumer.page.getByRole("link", { name: "zekt-workflow-completed" }).waitFor();
    expect(control.repository("initech/consumer").dispatches).toHaveLength(1);
    expect([...provider.complaints, ...consumer.complaints]).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  "a consumer turns on tracking and durable delivery, checks the way and tries it",
  {
    timeout: 60_000,
  },
  async () => {
    const { page, complaints } = await signIn(browser, stage, "initech-dev");
    await page.getByRole("link", { name: "Consumer", exact: true }).click();
    await page.getByRole("button", { name: "Completion tracking of initech/consumer" }).click();
    await page.getByRole("alertdialog").getByText("API quota").waitFor();
    await page.getByRole("button", { name: "Enable Tracking" }).click();
    await page.getByRole("link", { name: "initech/consumer" }).click();
    await page.getByRole("button", { name: "acme/provider/releases" }).click();
    const panel = page.getByRole("dialog");
    await panel.getByText("Ready").waitFor();
    await panel.getByRole("button", { name: "Durable delivery" }).click();
    await panel.getByLabel("Dispatches before it fails").waitFor();
    await panel.getByRole("button", { name: "Send a test event" }).click();
    await panel.getByText("is on its way").waitFor();
    expect(complaints).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  "the quick start's steps, with the presets, connect two repositories of one owner; no more is claimed than that GitHub accepted",
  { timeout: 90_000 },
  async () => {
    const [, steps = ""] = readDocument("docs/quick-start.md").prose.split("## A real App on a laptop");
    const places = [...steps.matchAll(/\*\*((?:Provider|Consumer|Directory)[^*]*)\*\*/g)].map(
      ([, name]) => name,
    );
    expect(places).toEqual([
      "Provider",
      "Consumer",
      "Directory",
      "Provider → Subscribers",
      "Provider → Delivery Status",
    ]);
    await bringOn(stage, "stark/lib", { files: { [WORKFLOW]: workflowFile("Release") } });
    const listens = blockWith("docs/quick-start.md", "repository_dispatch:");
    await bringOn(stage, "stark/app", { files: { ".github/workflows/zekt.yml": listens } });
    const { page, complaints } = await signIn(browser, stage, "stark-dev");
    const open = async (name: string): Promise<void> =>
      await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();

    await open("Provider");
    await page.getByRole("button", { name: "stark/lib as provider" }).click();
    await page.getByText("stark/lib is enabled as a provider.").waitFor();
    await page.getByRole("link", { name: "stark/lib" }).click();
    await page.getByRole("button", { name: `Whitelist ${WORKFLOW}` }).click();
    await page.getByRole("heading", { name: "Workflows: 1 of 1 whitelisted" }).waitFor();
    await open("Services");
    await page.getByRole("button", { name: "New service" }).click();
    await page.getByLabel("Name in addresses").fill("releases");
    await page.getByLabel("Workflow", { exact: true }).fill(WORKFLOW);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "releases" }).waitFor();

    await open("Consumer");
    await page.getByRole("button", { name: "stark/app as consumer" }).click();
    await page.getByText("stark/app is enabled as a consumer.").waitFor();
    await open("Directory");
    await page.getByRole("link", { name: "stark/lib/releases" }).click();
    await page.getByRole("button", { name: "Request access" }).click();
    await page.getByText("Requested. The provider decides next.").waitFor();

    await open("Provider");
    await page.getByRole("link", { name: "stark/lib" }).click();
    await open("Subscribers");
    await page.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("button", { name: "Revoke" }).waitFor();
    const { control } = stage.github;
    const run = await control.startRun({ repository: "stark/lib", workflow: WORKFLOW });
    await control.completeRun(run.id, "success");
    await control.idle();
    await open("Provider");
    await open("Delivery Status");
    await page.getByRole("link", { name: "zekt-workflow-completed" }).waitFor();
    expect(control.repository("stark/app").dispatches).toHaveLength(1);
    // That a workflow ran is not known here.
    await open("My connections");
    await page
      .getByRole("row", { name: /stark\/app/ })
      .getByText("Accepted", { exact: true })
      .waitFor();
    expect(await page.getByRole("row").getByText("Healthy").count()).toBe(0);
    expect(complaints).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  "an operator finds out why nothing arrived, and by whom, and puts it right",
  { timeout: 90_000 },
  async () => {
    const { control } = stage.github;
    const id = stage.repositoryId("acme/provider");
    const workflow = `/repositories/${id}/workflows/${encodeURIComponent(WORKFLOW)}`;
    await stage.api("acme-dev", "DELETE", workflow);
    const release = async (): Promise<void> => {
      const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
      await control.completeRun(run.id, "success");
      await control.idle();
    };
    const dispatched = () => control.repository("initech/consumer").dispatches.length;
    const before = dispatched();
    await release();
    const { page, complaints } = await signIn(browser, stage, "acme-dev");
    await page.getByRole("link", { name: "1 event of acme/provider blocked" }).click();
    await page
      .getByRole("row", { name: /Workflow not whitelisted/ })
      .first()
      .waitFor();
    expect(dispatched()).toBe(before);
    await page.getByRole("link", { name: "Audit trail" }).click();
    const entry = page.getByRole("row", { name: /Workflow blocked/ });
    await entry.getByText("acme-dev").waitFor();
    await page.getByRole("link", { name: "Workflows" }).click();
    await page.getByRole("button", { name: `Whitelist ${WORKFLOW}` }).click();
    await page.getByRole("heading", { name: "Workflows: 1 of 1 whitelisted" }).waitFor();
    await release();
    await page.getByRole("link", { name: "Delivery Status" }).click();
    // The first delivery is of the first story, the second a test event.
    await page
      .getByRole("row", { name: /zekt-workflow-completed/ })
      .nth(2)
      .waitFor();
    expect(dispatched()).toBeGreaterThan(before);
    expect(complaints).toEqual([]);
  },
);

test.skipIf(!hasChromium)(
  "whoever signs out is out, and comes back to the page that was asked for",
  {
    timeout: 60_000,
  },
  async () => {
    const { page } = await signIn(browser, stage, "initech-dev");
    await page.getByRole("button", { name: "Signed in as initech-dev" }).click();
    // Signing out loads the page anew, which another address would interrupt.
    const reloaded = page.waitForEvent("load");
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await reloaded;
    await page.getByRole("link", { name: "Sign in with GitHub" }).waitFor();
    await page.goto(`${stage.server.url}/console/connections?health=critical`);
    await page.getByRole("link", { name: "Sign in with GitHub" }).click();
    await page.getByRole("heading", { name: "My connections" }).waitFor();
    expect(new URL(page.url()).search).toBe("?health=critical");
  },
);
