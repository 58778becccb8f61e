import { afterAll, beforeAll, expect, test } from "vitest";
import { type AppWorld, startAppWorld } from "./app-world.ts";

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());

test("an installation brings in its owner and every repository it reaches", async () => {
  world.organisation("acme", "releases", "website");
  const id = await world.install("acme", ["acme/releases"]);
  expect(await world.account("acme")).toMatchObject({
    login: "acme",
    type: "Organization",
    installation: "active",
    installationId: String(id),
    permissions: { repository_hooks: "write" },
  });
  expect(await world.repository("acme/releases")).toMatchObject({ reachable: true, provider: false });
  await expect(world.repository("acme/website")).rejects.toThrow("knows no");
});
