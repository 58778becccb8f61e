import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { dispatchesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { runZekt } from "./run-zekt.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(async () => await world.close());

const SERVICE = "acme/provider/releases";

async function fixture(args: readonly string[], files: Record<string, string> = {}) {
  const { code, out, err } = await runZekt(["fixture", ...args], { files });
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return JSON.parse(out);
}

/** The names in a value, each by its place, and the kinds of what they hold. */
function shapeOf(value: unknown, place = ""): string[] {
  if (value === null || typeof value !== "object")
    return [`${place} ${value === null ? "null" : typeof value}`];
  return Object.entries(value).flatMap(([name, inner]) => shapeOf(inner, `${place}.${name}`));
}

const lastDispatch = async (count: number) => {
  await until(() => dispatchesTo(world, "initech/consumer").length >= count);
  return dispatchesTo(world, "initech/consumer").at(-1);
};

test("it has the fields of a real test event, with and without a message", async () => {
  await world.api("initech-dev", "POST", `/subscriptions/${world.subscriptionId}/test-event`, {
    eventType: "built",
  });
  const withMessage = await lastDispatch(1);
  const made = await fixture([SERVICE, "--event-type", "built", "--payload", "m"], { m: '{"test": true}' });
  // A test event has no actor, and the fixture's run has one.
  const alike = (value: unknown) =>
    shapeOf(value).map((one) => one.replace(/^(\.workflow_run\.actor) .*/, "$1"));
  expect(alike(made)).toEqual(alike(withMessage?.clientPayload));
  expect(made).toMatchObject({
    eventType: "built",
    zekt: { sourceRepo: "acme/provider", service: { provider: "acme", slug: "releases" }, isTest: true },
  });
});

test("it has the fields of a real run's event, and says that it is a test", async () => {
  const before = dispatchesTo(world, "initech/consumer").length;
  await publish(world);
  const real = await lastDispatch(before + 1);
  const made = await fixture([SERVICE]);
  expect(made.eventType).toBe("zekt-workflow-completed");
  const { isTest, ...zekt } = made.zekt;
  expect(isTest).toBe(true);
  expect(shapeOf({ ...made, zekt })).toEqual(shapeOf(real?.clientPayload));
});

test("a message without --payload is the empty one that the action sends, and the run's own event has none", async () => {
  const { zekt } = await fixture([SERVICE, "--event-type", "built"]);
  expect(zekt).toMatchObject({ hasMessage: true, payload: {} });
  const wrong = await runZekt(["fixture", SERVICE, "--payload", "m"], { files: { m: "{}" } });
  expect(wrong).toMatchObject({
    code: 2,
    out: "",
    err: "zekt: zekt-workflow-completed has no message: name the message's event type by --event-type.\n",
  });
});

test("GitHub takes its request for either way of starting", async () => {
  const made = await fixture([SERVICE, "--event-type", "built", "--request"]);
  expect(Object.keys(made)).toEqual(["event_type", "client_payload"]);
  expect(made.event_type).toBe("built");
  const { ref, inputs } = await fixture([
    SERVICE,
    "--start",
    "workflow_dispatch",
    "--ref",
    "next",
    "--request",
  ]);
  expect(ref).toBe("next");
  expect(JSON.parse(inputs.zekt)).toEqual(await fixture([SERVICE]));
});

test("it shows a CloudEvent in either way of starting, as a run and as a message", async () => {
  const args = [SERVICE, "--format", "cloudevents"];
  const run = await fixture(args);
  expect(run.cloudevent.type).toBe("dev.cdevents.pipelinerun.finished.0.2.0");
  const { inputs } = await fixture([...args, "--start", "workflow_dispatch", "--request"]);
  expect(JSON.parse(inputs.zekt)).toEqual(run);
  const message = await fixture([...args, "--event-type", "built", "--payload", "m"], { m: '{"a": 1}' });
  expect(message.cloudevent).toMatchObject({ type: "built", source: `/${SERVICE}`, data: { a: 1 } });
  expect(await fixture([SERVICE])).not.toHaveProperty("cloudevent");
});

test("a message too large for a dispatch is announced by size and hash, as Zekt does", async () => {
  const text = JSON.stringify("x".repeat(70_000));
  const { zekt } = await fixture([SERVICE, "--event-type", "built", "--payload", "-"], { "-": text });
  expect(zekt).toMatchObject({ hasMessage: true, payload: null, payloadRef: { size: text.length } });
});

test("a private provider and an alias keep what names them to themselves", async () => {
  for (const args of [["Silver Pike/releases"], [SERVICE, "--private"]]) {
    const { workflow_run: run } = await fixture(args);
    expect(run).toHaveProperty("conclusion");
    expect(run).not.toHaveProperty("html_url");
  }
  expect((await fixture(["Silver Pike/releases"])).zekt.sourceRepo).toBe("Silver Pike");
});

test("a message that Zekt would refuse is refused, with exit code 1", async () => {
  for (const [text, why] of [
    ["{", "The message is no JSON: "],
    [JSON.stringify("x".repeat(600_000)), "the limit is 524288"],
    ["[".repeat(501) + "]".repeat(501), "nested deeper than 500"],
  ] as const) {
    const args = ["fixture", SERVICE, "--event-type", "built", "--payload", "m"];
    const { code, out, err } = await runZekt(args, { files: { m: text } });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toContain(why);
  }
});

test.each([
  ["a service without a slug", ["acme"]],
  ["a slug with capitals", ["acme/provider/Releases"]],
  ["an event type that is too long", [SERVICE, "--event-type", "x".repeat(101)]],
  ["another way of starting", [SERVICE, "--start", "push"]],
  ["no service", []],
])("%s is wrong usage", async (_, args) => {
  expect((await runZekt(["fixture", ...args])).code).toBe(2);
});
