import { afterAll, beforeAll, expect, test } from "vitest";
import { handleMessage } from "../../../app/steps/jobs/handle-message.ts";
import { type AppWorld, startAppWorld } from "../../main/app-world.ts";

let world: AppWorld;
beforeAll(async () => {
  world = await startAppWorld();
});
afterAll(() => world.close());

const waiting = async (): Promise<number> => (await world.storage.queue("routing").count()).delayed;

test("upkeep waits in the queue anew while GitHub's rate limit is used up", async () => {
  world.organisation("acme", "tools");
  const { id } = await world.github.control.install({ app: "zekt", account: "acme" });
  const job = { kind: "installation", installationId: String(id), ownerId: "1" };
  world.github.faults.add({ rate_limit: "secondary", count: 1 });
  await handleMessage(world.deps, "routing", JSON.stringify(job));
  expect(await waiting()).toBe(1);
  expect(world.log.join("")).toContain('"event":"job.postponed"');
});

test("what fails for another reason goes back to the queue, which gives it up in time", async () => {
  const job = { kind: "installation", installationId: "1", ownerId: "1" };
  world.github.faults.add({ status: 401, body: { message: "Bad credentials" } });
  await expect(handleMessage(world.deps, "routing", JSON.stringify(job))).rejects.toThrow("Bad credentials");
});
