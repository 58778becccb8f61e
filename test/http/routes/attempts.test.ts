import { afterAll, beforeAll, expect, test } from "vitest";
import { DAY } from "../../../app/domain/clock.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { readAttempt } from "../../../app/steps/delivery/read-attempt.ts";
import { until } from "../../../harness/stage.ts";
import {
  deliveriesTo,
  dispatchesTo,
  publish,
  startWorld,
  type World,
  zektAfter,
} from "../../../harness/world.ts";
import type { Call } from "../client.ts";
import { documentedClient } from "../documented.ts";

let world: World;
let call: Call;
let one: Delivery;

beforeAll(async () => {
  world = await startWorld({ alias: "Night Jar" });
  call = await documentedClient(world);
  await publish(world, "built");
  await until(async () => {
    const all = await deliveriesTo(world, world.consumer);
    return all.length === 2 && all.every(({ isFinalized }) => isFinalized);
  });
  one = (await deliveriesTo(world, world.consumer)).find(
    ({ eventType }) => eventType === "built",
  ) as Delivery;
});
afterAll(() => world.close());

const attempt = (login: string, number = 1) =>
  call(login, `/deliveries/${one.deliveryId}/attempts/${number}`);

test("an attempt shows its request as GitHub got it, without the token, and GitHub's answer", async () => {
  const { json } = await attempt("initech-dev");
  const sent = dispatchesTo(world, "initech/consumer").find(({ eventType }) => eventType === "built");
  expect(json).toMatchObject({
    number: 1,
    outcome: "dispatched",
    request: {
      method: "POST",
      url: `${world.github.url}/repositories/${world.consumer}/dispatches`,
      body: { event_type: "built", client_payload: sent?.clientPayload },
    },
    response: { status: 204, body: null },
  });
  expect(json.ms).toBe(Date.parse(json.endedAt) - Date.parse(json.startedAt));
  expect(json.request.size).toBe(Buffer.byteLength(JSON.stringify(json.request.body)));
  expect(json.response.headers).toMatchObject({ date: expect.any(String) });
  expect(JSON.stringify(json)).not.toMatch(/ghs_/);
});

test("GitHub's answer, which may name the consumer's run, is not for the provider", async () => {
  const { json } = await attempt("acme-dev");
  expect(json.request.body.event_type).toBe("built");
  expect(json.response).toBeNull();
});

test("each side sees its own run's address, and an alias hides the provider's", async () => {
  const asConsumer = (await call("initech-dev", `/deliveries/${one.deliveryId}`)).json;
  expect(asConsumer).toMatchObject({
    sides: ["consumer"],
    hasMessage: true,
    service: { name: "Night Jar/releases" },
    providerRun: { runId: one.correlationId, url: null },
  });
  const listed = await call("initech-dev", `/deliveries?repository=${world.consumer}&side=consumer`);
  expect(listed.json.items[0].providerRun.url).toBeNull();
  const asProvider = (await call("acme-dev", `/deliveries/${one.deliveryId}`)).json;
  expect(asProvider.providerRun.url).toBe(
    `${world.github.url}/acme/provider/actions/runs/${one.correlationId}`,
  );
  expect(
    (await call("acme-dev", `/deliveries?repository=${world.provider}&side=provider`)).json.items[0],
  ).toMatchObject({ sides: ["provider"], providerRun: { url: expect.stringContaining("acme/provider") } });
});

test("an attempt that was never made is not found", async () => {
  expect((await attempt("initech-dev", 7)).status).toBe(404);
});

test("request and answer are kept as long as the payload", async () => {
  expect(await readAttempt(zektAfter(world, 89 * DAY), one, 1)).toMatchObject({ response: { body: null } });
  expect(await readAttempt(zektAfter(world, 91 * DAY), one, 1)).toMatchObject({
    request: null,
    response: null,
  });
});

test("deliveries are listed by what tells them apart", async () => {
  const list = async (query: string) =>
    (await call("initech-dev", `/deliveries?repository=${world.consumer}&side=consumer&${query}`)).json.items
      .length;
  expect(await list("durable=true")).toBe(0);
  expect(await list("durable=false&test=false&replay=false")).toBe(2);
  expect(await list("test=true")).toBe(0);
  expect(await list("failure=network")).toBe(0);
});

test("a consumer whose approval was revoked sees no request and no payload any more", async () => {
  await call("acme-dev", `/subscriptions/${world.subscriptionId}/revoke`, { method: "POST" });
  expect((await attempt("initech-dev")).status).toBe(403);
  expect((await attempt("acme-dev")).status).toBe(200);
  const payload = async (login: string) =>
    (await call(login, `/deliveries/${one.deliveryId}/payload`)).status;
  expect([await payload("initech-dev"), await payload("acme-dev")]).toEqual([403, 200]);
});
