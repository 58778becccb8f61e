import { generateKeyPairSync } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import {
  deliveriesTo,
  dispatchesTo,
  publish,
  startDurableWorld,
  WORKFLOW,
  type World,
} from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* Nothing harmful is done by one click: a question says what will happen, and what can be undone is undone. */

let world: World;
let browser: Browser;
const pages: Record<string, Page> = {};

withBrowser(startDurableWorld, async (opened) => {
  ({ world, browser } = opened);
  await publish(world, "built");
  await until(async () => (await deliveriesTo(world, world.consumer)).length === 2);
  for (const login of ["acme-dev", "initech-dev"])
    pages[login] = (await signIn(browser, world, login, { path: null })).page;
});

const open = async (login: string, path: string): Promise<Page> => {
  const page = pages[login] as Page;
  await page.goto(`${world.server.url}/console${path}`);
  return page;
};
const status = async () =>
  (await world.server.deps.store.catalog.findSubscription(world.subscriptionId))?.status;
const repository = async (id: string) => await world.server.deps.store.accounts.getRepository(id);

test.skipIf(!hasChromium)(
  "revoking asks, says to whom it happens, and is undone from the message",
  { timeout: 60_000 },
  async () => {
    const page = await open("acme-dev", `/provider/${world.provider}/subscribers`);
    await page.getByRole("button", { name: "Revoke" }).click();
    const question = page.getByRole("alertdialog", { name: "Revoke this approval?" });
    await question.getByText("initech/consumer receives no more events").waitFor();
    await question.getByRole("button", { name: "Cancel" }).click();
    expect(await status()).toBe("approved");
    await page.getByRole("button", { name: "Revoke" }).click();
    await question.getByRole("button", { name: "Revoke" }).click();
    await page.getByText("The approval of initech/consumer is revoked.").waitFor();
    expect(await status()).toBe("revoked");
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone").waitFor();
    expect(await status()).toBe("approved");
  },
);

test.skipIf(!hasChromium)(
  "a workflow is blocked, and a repository turned off, only after a question; both can be undone",
  { timeout: 60_000 },
  async () => {
    const page = await open("acme-dev", `/provider/${world.provider}`);
    await page.getByRole("button", { name: `Whitelist ${WORKFLOW}` }).click();
    const question = page.getByRole("alertdialog");
    await question.getByText("no longer leave acme/provider").waitFor();
    await question.getByRole("button", { name: "Block" }).click();
    await page.getByRole("heading", { name: "Workflows: 0 of 1 whitelisted" }).waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("heading", { name: "Workflows: 1 of 1 whitelisted" }).waitFor();
    await page.goto(`${world.server.url}/console/provider`);
    await page.getByRole("button", { name: "acme/provider as provider" }).click();
    await question.getByText("No event leaves this repository").waitFor();
    await question.getByRole("button", { name: "Turn off" }).click();
    await page.getByText("acme/provider is no longer a provider.").waitFor();
    expect((await repository(world.provider))?.provider).toBe(false);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone").waitFor();
    expect((await repository(world.provider))?.provider).toBe(true);
  },
);

test.skipIf(!hasChromium)(
  "turning tracking off asks what becomes of durable subscriptions",
  { timeout: 60_000 },
  async () => {
    const page = await open("initech-dev", "/consumer");
    await page.getByRole("button", { name: "Completion tracking of initech/consumer" }).click();
    const dialog = page.getByRole("dialog", { name: "Turn off completion tracking?" });
    await dialog.getByRole("button", { name: "Turn off" }).click();
    await dialog.getByText("1 durable subscription of initech/consumer").waitFor();
    expect((await repository(world.consumer))?.tracking).toBe(true);
    await dialog.getByLabel("Keep them durable").check();
    await dialog.getByRole("button", { name: "Turn off" }).click();
    await page.getByText("Completion tracking is off for initech/consumer.").waitFor();
    // Beside an open dialog the tab key stays in it.
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard" }).getByText("Undo what was just done").waitFor();
    await page.keyboard.press("z");
    await page.getByText("Undone").waitFor();
    expect((await repository(world.consumer))?.tracking).toBe(true);
  },
);

test.skipIf(!hasChromium)(
  "three clicks on Replay dispatch once, and lead to the new delivery",
  { timeout: 60_000 },
  async () => {
    const [first] = await deliveriesTo(world, world.consumer);
    const { deliveryId } = first as NonNullable<typeof first>;
    const { deliveries } = world.server.deps.store;
    const stored = await deliveries.get(deliveryId);
    if (stored)
      await deliveries.replace(stored, {
        ...stored,
        status: "Completed",
        isFinalized: true,
        dueFor: null,
        dueAt: null,
      });
    const before = dispatchesTo(world, "initech/consumer").length;
    const page = await open("initech-dev", `/deliveries/${deliveryId}`);
    await page.getByRole("button", { name: "Replay", exact: true }).click();
    const question = page.getByRole("alertdialog", { name: "Replay this delivery?" });
    await question.getByText("to initech/consumer again").waitFor();
    await question.getByRole("button", { name: "Replay" }).click({ clickCount: 3 });
    await page.getByRole("link", { name: "Open the new delivery" }).click();
    await page.getByText("Replay of").waitFor();
    await until(() => dispatchesTo(world, "initech/consumer").length === before + 1);
    expect(new URL(page.url()).pathname).not.toContain(deliveryId);
  },
);

test.skipIf(!hasChromium)(
  "a key is registered from its PEM, a private one is refused, and one is removed after a question; that can be undone",
  { timeout: 60_000 },
  async () => {
    const { publicKey, privateKey } = generateKeyPairSync("x25519");
    const keys = async () => (await repository(world.consumer))?.shieldKeys ?? [];
    const page = await open("initech-dev", `/consumer/${world.consumer}/keys`);
    await page.getByText("No keys yet").waitFor();
    const field = page.getByLabel("Or register a public key");
    await field.fill(privateKey.export({ format: "pem", type: "pkcs8" }) as string);
    await page.getByRole("button", { name: "Register" }).click();
    await page.getByText("This is a private key").first().waitFor();
    await field.fill(publicKey.export({ format: "pem", type: "spki" }) as string);
    await page.getByRole("button", { name: "Register" }).click();
    await page.getByText("The key is registered.").waitFor();
    const [key] = await keys();
    await page.getByRole("button", { name: `Remove ${key?.kid}` }).click();
    const question = page.getByRole("alertdialog", { name: "Remove this key?" });
    await question.getByText("no longer encrypted to").waitFor();
    expect(await keys()).toHaveLength(1);
    await question.getByRole("button", { name: "Remove" }).click();
    await page.getByText("The key is removed.").waitFor();
    expect(await keys()).toEqual([]);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByText("Undone").waitFor();
    expect((await keys()).map(({ kid }) => kid)).toEqual([key?.kid]);
  },
);

test.skipIf(!hasChromium)(
  "a subscription is removed only after a question that names what is lost",
  { timeout: 60_000 },
  async () => {
    const page = await open(
      "initech-dev",
      `/consumer/${world.consumer}?subscription=${world.subscriptionId}`,
    );
    await page.getByRole("button", { name: "Remove the subscription" }).click();
    const question = page.getByRole("alertdialog", { name: "Remove this subscription?" });
    await question.getByText("the provider has to approve a new request").waitFor();
    await question.getByRole("button", { name: "Remove" }).click();
    await page.getByText("The subscription to acme/provider/releases is removed.").waitFor();
    expect(await status()).toBeUndefined();
  },
);
