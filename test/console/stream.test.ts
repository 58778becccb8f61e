import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { expect, test, vi } from "vitest";
import { until } from "../../harness/stage.ts";
import { startWorld, type World } from "../../harness/world.ts";
import { clientOf } from "../http/client.ts";
import { hasChromium, isDrawn, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* What a tab shows that follows the stream of changes, where that stream is silent about it. */

let world: World;
let browser: Browser;

withBrowser(startWorld, async (opened) => {
  ({ world, browser } = opened);
  world.github.control.setMember("acme", "acme-dev", "admin");
});

const streams = () => world.server.deps.store.changes.listeners;

test.skipIf(!hasChromium)("an export is followed to its end", { timeout: 60_000 }, async () => {
  const { archive } = world.server.deps.store;
  const join = archive.join.bind(archive);
  const asked = Promise.withResolvers<void>();
  const held = vi.spyOn(archive, "join").mockImplementation(async (...of) => {
    await asked.promise;
    await join(...of);
  });
  const { page, context } = await signIn(browser, world, "acme-dev", {
    path: "/usage",
  });
  await until(() => streams() === 1);
  await page.getByRole("button", { name: "Export", exact: true }).click();
  await page.getByText("repositories begun").waitFor();
  // All that the click itself had read anew is there by now.
  await isDrawn(page);
  asked.resolve();
  await page.getByRole("link", { name: "Download the file" }).waitFor({ timeout: 10_000 });
  held.mockRestore();
  await context.close();
});

test.skipIf(!hasChromium)(
  "a subscription that its consumer ends leaves the provider's list at once",
  { timeout: 60_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev", {
      path: "/connections?side=provider",
    });
    await page.getByRole("button", { name: "acme/provider/releases" }).waitFor();
    await until(() => streams() === 1);
    const { status } = await clientOf(world)("initech-dev", `/subscriptions/${world.subscriptionId}`, {
      method: "DELETE",
    });
    expect(status).toBe(204);
    const ended = { state: "detached", timeout: 10_000 } as const;
    await page.getByRole("button", { name: "acme/provider/releases" }).waitFor(ended);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a tab whose session ended asks to sign in, and leads back to its page",
  { timeout: 60_000 },
  async () => {
    const { page, context } = await signIn(browser, world, "acme-dev", {
      path: "/provider/deliveries?status=Failed",
    });
    const path = "/console/provider/deliveries?status=Failed";
    await until(() => streams() === 1);
    // As a sign-out in another tab does; this one has the focus all along.
    await context.clearCookies();
    world.server.deps.store.changes.publish(world.provider);
    await page.getByRole("heading", { name: "Sign in to Zekt" }).waitFor({ timeout: 10_000 });
    await page.getByRole("link", { name: "Sign in with GitHub" }).click();
    await page.getByRole("heading", { name: "Delivery Status" }).waitFor();
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(path);
    await context.close();
  },
);

test.skipIf(!hasChromium)(
  "a tab behind a proxy follows changes again after a restart, meanwhile the proxy answered with its own page",
  { timeout: 60_000 },
  async () => {
    let isUp = true;
    let refused = 0;
    const proxy = createServer((incoming, outgoing) => {
      const { url = "", method, headers } = incoming;
      if (!isUp) {
        if (url.startsWith("/api/changes")) refused += 1;
        outgoing.writeHead(502, { "content-type": "text/html" }).end("<html>502 Bad Gateway</html>");
        return;
      }
      const passed = request(new URL(url, world.server.url), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
      });
      outgoing.on("close", () => passed.destroy());
      passed.on("error", () => outgoing.destroy());
      incoming.pipe(passed);
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const { page, context } = await signIn(browser, world, "acme-dev");
    await page.goto("about:blank");
    await until(() => streams() === 0);
    await page.clock.install();
    await page.goto(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/console/provider/deliveries`);
    await page.getByText("Live", { exact: true }).waitFor();
    isUp = false;
    proxy.closeAllConnections();
    await until(() => refused > 0 && streams() === 0);
    isUp = true;
    await until(async () => {
      await page.clock.runFor(1000);
      return streams() === 1;
    });
    await page.getByText("Live", { exact: true }).waitFor();
    await context.close();
    proxy.closeAllConnections();
    proxy.close();
  },
);
