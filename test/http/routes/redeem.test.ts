import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import {
  callAs,
  dispatchesTo,
  sendMessage,
  startWorld,
  tokenOf,
  WORKFLOW,
  type World,
  workflowFile,
  zektOf,
} from "../../../harness/world.ts";

const MESSAGE = { text: "ü".repeat(100_000) };
let world: World;
let correlationId: string;
let deliveryId: string;
let consumerRun: number;

beforeAll(async () => {
  world = await startWorld();
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  correlationId = String(run.id);
  await sendMessage(world, run.id, "large", MESSAGE);
  await control.completeRun(run.id, "success");
  const large = () => dispatchesTo(world, "initech/consumer").find(({ eventType }) => eventType === "large");
  await until(() => large() !== undefined);
  deliveryId = zektOf(large()).deliveryId as string;
  const started = await control.startRun({
    repository: "initech/consumer",
    workflow: WORKFLOW,
    event: "repository_dispatch",
  });
  consumerRun = started.id;
});
afterAll(() => world.close());

const token = (claims: object = {}, run = consumerRun) => tokenOf(world, run, { ...claims });

test("a large message is announced by reference and handed over whole", async () => {
  const [large] = dispatchesTo(world, "initech/consumer").filter(({ eventType }) => eventType === "large");
  const { payload, payloadRef } = zektOf(large) as {
    payload: unknown;
    payloadRef: { size: number; sha256: string };
  };
  expect(payload).toBeNull();
  const answer = await callAs(world, await token(), "GET", `/event-delivery/${deliveryId}/payload`);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.text)).toEqual(MESSAGE);
  expect(Buffer.byteLength(answer.text)).toBe(payloadRef.size);
  expect(createHash("sha256").update(answer.text).digest("hex")).toBe(payloadRef.sha256);
  expect(answer.headers.get("x-zekt-sha256")).toBe(payloadRef.sha256);
});

test.each([
  ["another repository", () => token({ repository_id: world.provider }), 404],
  ["a run that no dispatch started", () => token({ event_name: "push" }), 403],
  ["another branch", () => token({ ref: "refs/heads/other" }), 403],
])("a message is not handed to %s", async (_, by, status) => {
  const answer = await callAs(world, await by(), "GET", `/event-delivery/${deliveryId}/payload`);
  expect(answer.status).toBe(status);
  expect(answer.text).not.toContain("üü");
});

test("once the subscription is revoked nothing is handed over any more", async () => {
  await world.api("acme-dev", "POST", `/subscriptions/${world.subscriptionId}/revoke`);
  expect((await callAs(world, await token(), "GET", `/event-delivery/${deliveryId}/payload`)).status).toBe(
    403,
  );
  await world.api("acme-dev", "POST", `/subscriptions/${world.subscriptionId}/approve`);
});

test("confirm, resolved by the correlation id where that is one delivery, and by naming it where it is not", async () => {
  const ambiguous = await callAs(world, await token(), "POST", "/event-delivery/confirm", { correlationId });
  expect(ambiguous.status).toBe(409);
  expect(ambiguous.json?.detail).toContain(deliveryId);
  const confirmed = await callAs(world, await token(), "POST", "/event-delivery/confirm", {
    correlationId,
    deliveryId,
  });
  expect(confirmed.json).toMatchObject({
    deliveryId,
    status: "Confirmed",
    confirmationAttempts: 1,
    duplicate: false,
  });
  const again = await callAs(world, await token(), "POST", "/event-delivery/confirm", {
    correlationId,
    deliveryId,
  });
  expect(again.json).toEqual(confirmed.json);
});

test("a second run of the same workflow is told that it is a duplicate and may not complete", async () => {
  const other = await world.github.control.startRun({
    repository: "initech/consumer",
    workflow: WORKFLOW,
    event: "repository_dispatch",
  });
  const second = await callAs(world, await token({}, other.id), "POST", "/event-delivery/confirm", {
    correlationId,
    deliveryId,
  });
  expect(second.json).toMatchObject({ duplicate: true });
  const foreign = await callAs(world, await token({}, other.id), "POST", "/event-delivery/complete", {
    correlationId,
    deliveryId,
    success: true,
  });
  expect(foreign.status).toBe(409);
});

test("complete finalizes, and a repetition says the same", async () => {
  const done = await callAs(world, await token(), "POST", "/event-delivery/complete", {
    correlationId,
    deliveryId,
    success: true,
  });
  expect(done.json).toMatchObject({ deliveryId, status: "Completed", isFinalized: true });
  const again = await callAs(world, await token(), "POST", "/event-delivery/complete", {
    correlationId,
    deliveryId,
    success: true,
  });
  expect(again.json).toEqual(done.json);
});

test("an unknown delivery is not found, and another correlation id is a conflict", async () => {
  const unknown = await callAs(world, await token(), "POST", "/event-delivery/confirm", {
    correlationId,
    deliveryId: "delivery-nothing",
  });
  expect(unknown.status).toBe(404);
  const mismatch = await callAs(world, await token(), "POST", "/event-delivery/confirm", {
    correlationId: "1",
    deliveryId,
  });
  expect(mismatch.status).toBe(409);
});

test("a consumer's run that is itself a provider's continues the chain", async () => {
  const { control } = world.github;
  await control.push("initech/consumer", { [WORKFLOW]: workflowFile("Release") });
  await world.api("initech-dev", "PATCH", `/repositories/${world.consumer}`, { provider: true });
  await control.idle();
  await world.api(
    "initech-dev",
    "PUT",
    `/repositories/${world.consumer}/workflows/${encodeURIComponent(WORKFLOW)}`,
  );
  const { serviceId } = await world.api<{ serviceId: string }>(
    "initech-dev",
    "POST",
    `/repositories/${world.consumer}/services`,
    { slug: "next", workflow: WORKFLOW, visibility: "public" },
  );
  await world.api("acme-dev", "PATCH", `/repositories/${world.provider}`, { consumer: true });
  const asked = await world.api<{ subscriptionId: string }>(
    "acme-dev",
    "POST",
    `/repositories/${world.provider}/subscriptions`,
    { service: serviceId },
  );
  await world.api("initech-dev", "POST", `/subscriptions/${asked.subscriptionId}/approve`);
  await control.completeRun(consumerRun, "success");
  await until(() => dispatchesTo(world, "acme/provider").length === 1);
  const [next] = dispatchesTo(world, "acme/provider");
  expect(zektOf(next).trace).toEqual({ hops: 1, causedBy: deliveryId });
});
