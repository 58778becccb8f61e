import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "vitest";
import { problem, type Reply, type Seen, StandIn } from "./support/fake-zekt.ts";
import { runStep } from "./support/run-step.ts";

const CONFIRMED = {
  deliveryId: "delivery-1",
  status: "Confirmed",
  confirmedAt: "2026-01-01T00:00:00.000Z",
  confirmationAttempts: 1,
  duplicate: false,
};
const LARGE = JSON.stringify({ text: "€".repeat(100_000), quote: "'; $(id) `id`" });
const sha256 = createHash("sha256").update(LARGE).digest("hex");
const REF = { size: Buffer.byteLength(LARGE), sha256 };
const REDEEMED: Reply = { status: 200, text: LARGE, headers: { "x-zekt-sha256": sha256 } };
let zekt: StandIn;

/** Answers confirms, and requests for the payload. */
const answering =
  (confirmed: Reply, redeemed: Reply = { status: 404 }) =>
  ({ method }: Seen): Reply =>
    method === "POST" ? confirmed : redeemed;

beforeEach(async () => {
  zekt = await StandIn.start(answering({ status: 200, json: CONFIRMED }));
});
afterEach(() => zekt[Symbol.asyncDispose]());

const eventOf = (part: object = {}) => ({
  action: "built",
  client_payload: { zekt: { correlationId: "77", deliveryId: "delivery-1", payload: null, ...part } },
});

const confirm = (event: object, inputs: Record<string, string> = {}) =>
  runStep("confirm", zekt, { inputs, event, env: { GITHUB_EVENT_NAME: "repository_dispatch" } });

test("a confirm names the event's delivery, and hands over its message as output and as file", async () => {
  const payload = { tag: "v1", text: "line\nEOF ü'\"$(id)" };
  const ran = await confirm(eventOf({ payload }));
  expect(ran).toMatchObject({
    code: 0,
    errors: [],
    outputs: {
      "delivery-id": "delivery-1",
      status: "Confirmed",
      duplicate: "false",
      payload: JSON.stringify(payload),
    },
    file: JSON.stringify(payload),
  });
  expect(ran.summary).toContain("<tr><th>Status</th><td>Confirmed</td></tr>");
  expect(ran.log).not.toContain("EOF");
  expect(zekt.calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "POST /api/event-delivery/confirm",
  ]);
  expect(JSON.parse(zekt.calls[0]?.body ?? "")).toEqual({ correlationId: "77", deliveryId: "delivery-1" });
});

test("where the runner gives no file of the event, its ids come from the runner, and the message from Zekt", async () => {
  zekt.zekt = answering({ status: 200, json: CONFIRMED }, REDEEMED);
  const env = { GITHUB_EVENT_NAME: "repository_dispatch", GITHUB_EVENT_PATH: "/github/workflow/none.json" };
  const inputs = { "event-ids": "77 delivery-1" };
  const ran = await runStep("confirm", zekt, { inputs, env });
  expect(ran).toMatchObject({ code: 0, errors: [], outputs: { payload: LARGE }, file: LARGE });
  expect(JSON.parse(zekt.calls[0]?.body ?? "")).toEqual({ correlationId: "77", deliveryId: "delivery-1" });
  const without = await runStep("confirm", zekt, { inputs: { "event-ids": " " }, env });
  expect(without.errors).toEqual([
    "Nothing says which delivery this is: this runner gives the step no event, as /github/workflow/none.json is not there, and the input correlation-id is not set.",
  ]);
});

test("an event alone has the message null", async () => {
  expect(await confirm(eventOf())).toMatchObject({ code: 0, outputs: { payload: "null" }, file: "null" });
});

test.each([
  [{ payload: null, hasMessage: true }, "true"],
  [{ payload: null, hasMessage: false }, "false"],
  [{ payload: null }, "false"],
  [{ payload: 1 }, "true"],
])("of %j it is said whether there is a message: %s", async (part, told) => {
  expect((await confirm(eventOf(part))).outputs["has-message"]).toBe(told);
});

test("a message that was too large to travel is redeemed, with a token of its own", async () => {
  zekt.zekt = answering({ status: 200, json: CONFIRMED }, REDEEMED);
  const ran = await confirm(eventOf({ payloadRef: REF }));
  expect(ran).toMatchObject({ code: 0, errors: [], outputs: { payload: LARGE }, file: LARGE });
  expect(zekt.calls[1]).toMatchObject({
    method: "GET",
    path: "/api/event-delivery/delivery-1/payload",
    body: "",
    headers: { authorization: "Bearer token-2" },
  });
});

test("a message of 512 KB is redeemed whole", async () => {
  const text = JSON.stringify("x".repeat(512 * 1024 - 2));
  const hash = createHash("sha256").update(text).digest("hex");
  zekt.zekt = answering({ status: 200, json: CONFIRMED }, { status: 200, text });
  const ran = await confirm(eventOf({ payloadRef: { size: 512 * 1024, sha256: hash } }));
  expect(ran.outputs.payload === text && ran.file === text).toBe(true);
});

const other = createHash("sha256").update("other").digest("hex");
test.each<[string, object, Reply, string]>([
  [
    "another hash than announced",
    { ...REF, sha256: other },
    REDEEMED,
    `its sha256 is ${sha256}, not ${other}`,
  ],
  [
    "another hash than it came with",
    REF,
    { status: 200, text: LARGE, headers: { "x-zekt-sha256": other } },
    `its sha256 is ${sha256}, not ${other}`,
  ],
  ["another size", { ...REF, size: 1 }, REDEEMED, `it has ${REF.size} bytes, not 1`],
])("a message with %s is not handed over", async (_, payloadRef, reply, why) => {
  zekt.zekt = answering({ status: 200, json: CONFIRMED }, reply);
  const ran = await confirm(eventOf({ payloadRef }));
  expect(ran).toMatchObject({
    code: 1,
    errors: [`The message from ${zekt.host} is not the one announced: ${why}.`],
    file: null,
  });
  expect(ran.outputs).toEqual({ "delivery-id": "delivery-1", duplicate: "false", status: "failed" });
});

test("a message that has left the archive fails the step in Zekt's words", async () => {
  zekt.zekt = answering({ status: 200, json: CONFIRMED }, problem(410, "Gone", "Its 90 days are over."));
  expect((await confirm(eventOf({ payloadRef: REF }))).errors).toEqual([
    `${zekt.host} answered 410 Gone: Its 90 days are over.`,
  ]);
});

test("of a delivery that the inputs name instead of the event's, the message is redeemed", async () => {
  const confirmed = { ...CONFIRMED, deliveryId: "delivery-2" };
  zekt.zekt = answering({ status: 200, json: confirmed }, REDEEMED);
  const event = eventOf({ payload: { of: "delivery-1" }, shielded: true });
  const ran = await confirm(event, { "delivery-id": "delivery-2" });
  expect(JSON.parse(zekt.calls[0]?.body ?? "")).toEqual({ correlationId: "77", deliveryId: "delivery-2" });
  expect(zekt.calls[1]?.path).toBe("/api/event-delivery/delivery-2/payload");
  expect(ran).toMatchObject({ code: 0, outputs: { payload: LARGE } });
});

const DUPLICATE: Reply = { status: 200, json: { ...CONFIRMED, duplicate: true } };
const told = "Another run of this workflow has delivery delivery-1 already.";

test("a duplicate is noted, and by default the step goes on", async () => {
  zekt.zekt = answering(DUPLICATE);
  const ran = await confirm(eventOf({ payload: 1 }));
  expect(ran).toMatchObject({ code: 0, outputs: { duplicate: "true", status: "Confirmed", payload: "1" } });
  expect(ran.log).toContain(`::notice::${told}\n`);
});

test("on-duplicate: skip hands nothing over, and says what to guard the steps that follow by", async () => {
  zekt.zekt = answering(DUPLICATE);
  const ran = await confirm(eventOf({ payload: 1 }), { "on-duplicate": "skip" });
  expect(ran.code).toBe(0);
  expect(ran.outputs).toEqual({ "delivery-id": "delivery-1", duplicate: "true", status: "Confirmed" });
  expect(ran.log).toContain(
    `::notice::${told} Guard the steps that follow by its output duplicate != 'true'.\n`,
  );
});

test("on-duplicate: fail fails the step", async () => {
  zekt.zekt = answering(DUPLICATE);
  const ran = await confirm(eventOf({ payload: 1 }), { "on-duplicate": "fail" });
  expect(ran).toMatchObject({ code: 1, errors: [told], outputs: { duplicate: "true", status: "failed" } });
});

test("the audience given is asked for in every call", async () => {
  zekt.zekt = answering({ status: 200, json: CONFIRMED }, REDEEMED);
  await confirm(eventOf({ payloadRef: REF }), { audience: "api://zekt" });
  expect(zekt.audiences).toEqual(["api://zekt", "api://zekt"]);
});

test.each([
  [
    {},
    {},
    "Nothing says which delivery this is: the run was not started by Zekt, and the input correlation-id is not set.",
  ],
  [eventOf(), { "on-duplicate": "stop" }, "on-duplicate must be continue, skip or fail, not stop."],
])("what cannot be confirmed (%#) fails before anything is asked of anyone", async (event, inputs, error) => {
  expect(await confirm(event, inputs as Record<string, string>)).toMatchObject({
    code: 1,
    errors: [error],
    outputs: { status: "failed" },
  });
  expect([...zekt.calls, ...zekt.audiences]).toEqual([]);
});

test("the input shield is the send step's, and refused here by name", async () => {
  expect((await confirm(eventOf(), { shield: "true" })).errors).toEqual([
    expect.stringMatching(
      /input shield: the step that sends a message encrypts it, .* by its input private-key/,
    ),
  ]);
  expect(zekt.calls).toEqual([]);
});

test("a run that workflow_dispatch started reads its delivery from the one input", async () => {
  const { client_payload } = eventOf({ payload: { tag: "v1" } });
  const ran = await confirm({ inputs: { zekt: JSON.stringify(client_payload) } });
  expect(ran).toMatchObject({ code: 0, outputs: { "delivery-id": "delivery-1" }, file: '{"tag":"v1"}' });
});
