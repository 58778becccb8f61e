import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import { dispatchesTo, sendMessage, startWorld, WORKFLOW, type World } from "../../../harness/world.ts";

/* The run of a tag, pushed or released: GitHub gives the tag's name as the run's head_branch. */

let world: World;
beforeAll(async () => {
  world = await startWorld({ branches: ["main", "v*"] });
});
afterAll(() => world.close());

const run = async (wish: { tag: string; event?: string }) => {
  const { control } = world.github;
  const { id } = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW, ...wish });
  const sent = await sendMessage(world, id, "built", { tag: wish.tag });
  expect(sent.status, sent.text).toBe(202);
  await control.completeRun(id, "success");
  return id;
};
/** Returns what the policy said to a run, once it was asked. */
const verdictOf = async (id: number): Promise<string> => {
  const path = `/repositories/${world.provider}/events`;
  let verdict = "waiting";
  await until(async () => {
    const { items } = await world.api<{ items: Record<string, string>[] }>("acme-dev", "GET", path);
    const event = items.find(({ correlationId }) => correlationId === String(id));
    verdict = event?.reason ?? event?.verdict ?? "waiting";
    return verdict !== "waiting";
  });
  return verdict;
};
const branches = async (wanted: string[]) =>
  await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { branches: wanted });

test.each(["push", "release"])(
  "the %s of a tag leaves by a pattern of its name, with its message",
  async (event) => {
    const id = await run({ tag: "v1.4.0", event });
    const arrived = () =>
      dispatchesTo(world, "initech/consumer").filter(
        ({ clientPayload }) => (clientPayload.workflow_run as { id: number }).id === id,
      );
    await until(() => arrived().length === 2);
    for (const { clientPayload } of arrived()) {
      expect(clientPayload.workflow_run).toMatchObject({ event, head_branch: "v1.4.0" });
    }
  },
);

test("a service of the branch main leaves it out", async () => {
  await branches(["main"]);
  const id = await run({ tag: "v1.4.1" });
  expect(await verdictOf(id)).toBe("branch");
});

test("a tag that is named as a branch counts as that branch, since GitHub tells them apart nowhere", async () => {
  await branches(["main"]);
  const id = await run({ tag: "main" });
  expect(await verdictOf(id)).toBe("allowed");
});
