import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { CloudEvent } from "cloudevents";
import { expect, test } from "vitest";
import { CONCLUSIONS } from "../../../app/domain/catalog/service-input.ts";
import { clientPayload, workflowInputs } from "../../../app/domain/intake/client-payload.ts";
import { ANONYMOUS_RUN_FIELDS, RUN_FIELDS } from "../../../app/domain/intake/event.ts";
import type { ArchivedPayload } from "../../../app/domain/records/archived-payload.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";
import { PIPELINE_RUN_FINISHED } from "./pipeline-run-finished.ts";

/* Events as CloudEvents, held to the package of CloudEvents and to what CDEvents publishes. */

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
const isRunFinished = ajv.compile(PIPELINE_RUN_FINISHED);

const FIRST = { number: 1, possibleDuplicate: false };
const delivery = {
  deliveryId: "delivery-1",
  correlationId: "42",
  eventType: "built",
  source: { repo: "acme/releases", provider: "acme", slug: "nightly", runFields: [...RUN_FIELDS] },
  messageAttempt: 1,
  replayOf: null,
  durable: null,
  trace: { hops: 0, causedBy: null },
  createdAt: "2026-02-01T00:00:00.000Z",
  format: "cloudevents",
} as unknown as Delivery;

const run = {
  id: 42,
  name: "Release",
  conclusion: "success",
  html_url: "https://github.com/acme/releases/actions/runs/42",
  updated_at: "2026-01-31T09:30:00Z",
} as ArchivedPayload["run"];
const joint = (body: string | null): ArchivedPayload => ({
  run,
  body,
  sha256: "hash",
  size: body === null ? 0 : Buffer.byteLength(body),
});

const sentOf = (body: string | null, of: Partial<Delivery> = {}, archived = joint(body)) =>
  clientPayload({ ...delivery, ...of }, archived, FIRST);
const eventOf = (...args: Parameters<typeof sentOf>) => sentOf(...args).cloudevent;
/** Reads an event by the package of CloudEvents, which throws where it is none. */
const read = (event: unknown) => new CloudEvent(JSON.parse(JSON.stringify(event)), true);
const sizeOf = (value: object) => Buffer.byteLength(JSON.stringify(value));

test("a message is a CloudEvent of its own type, beside what the actions read", () => {
  const sent = sentOf('{"version":"1.4.0"}');
  expect(sent.cloudevent).toEqual({
    specversion: "1.0",
    id: "delivery-1",
    source: "/acme/releases/nightly",
    type: "built",
    subject: "42",
    time: "2026-01-31T09:30:00Z",
    datacontenttype: "application/json",
    data: { version: "1.4.0" },
  });
  expect(read(sent.cloudevent).data).toEqual({ version: "1.4.0" });
  expect(sent.zekt).toMatchObject({ payload: { version: "1.4.0" }, payloadRef: null });
  expect(Object.keys(sent).length).toBeLessThanOrEqual(10);
});

test("a shielded message is a CloudEvent whose data is said to be a JWE", () => {
  const { cloudevent, zekt } = sentOf('{"ciphertext":"AA"}', { shield: "recipient" });
  expect(cloudevent).toMatchObject({ datacontenttype: "application/jose+json", data: { ciphertext: "AA" } });
  expect(zekt.shielded).toBe(true);
  read(cloudevent);
});

test("a subscription that wants none gets none", () => {
  expect(sentOf("{}", { format: "zekt" })).not.toHaveProperty("cloudevent");
});

test.each([...CONCLUSIONS, null])(
  "a run that ended as %s is a CDEvent, with an outcome of CDEvents",
  (conclusion) => {
    const event = eventOf(null, {}, { ...joint(null), run: { ...run, conclusion } });
    expect(read(event).type).toBe("dev.cdevents.pipelinerun.finished.0.2.0");
    const { data } = event as { data: { subject: { content: { outcome: string } } } };
    expect(isRunFinished(data), ajv.errorsText(isRunFinished.errors)).toBe(true);
    expect(["success", "failure", "error"]).toContain(data.subject.content.outcome);
  },
);

test.each([
  ["success", "success"],
  ["neutral", "success"],
  ["skipped", "success"],
  ["failure", "failure"],
  ["timed_out", "failure"],
  ["cancelled", "error"],
  [null, "error"],
])(
  "a run that ended as %s has the outcome %s, with GitHub's word where it is no success",
  (conclusion, outcome) => {
    const event = eventOf(null, {}, { ...joint(null), run: { ...run, conclusion } });
    const said = outcome === "success" ? {} : { errors: `The run ended as ${conclusion ?? "unknown"}.` };
    expect(event).toMatchObject({
      data: { subject: { content: { pipelineName: "Release", url: run.html_url, outcome, ...said } } },
    });
  },
);

test("what its service does not let travel is not in a CDEvent either", () => {
  const hidden = { ...delivery.source, repo: "Blue Heron", runFields: [...ANONYMOUS_RUN_FIELDS] };
  const event = eventOf(null, { source: hidden });
  expect(isRunFinished(event?.data)).toBe(true);
  expect(event).toMatchObject({ source: "/Blue%20Heron/nightly", time: run.updated_at });
  expect(JSON.stringify(event)).not.toMatch(/acme|Release|github/);
  const bare = eventOf(null, { source: { ...hidden, runFields: [] } });
  expect(isRunFinished(bare?.data)).toBe(true);
  expect(bare).toMatchObject({
    time: delivery.createdAt,
    data: { subject: { content: { pipelineName: "nightly" } } },
  });
  expect(JSON.stringify(bare)).not.toMatch(/2026-01-31|outcome/);
});

test("a message that fits once but not twice travels in the CloudEvent, and the actions redeem it", () => {
  const of = (length: number) => sentOf(JSON.stringify("x".repeat(length)));
  const twice = of(1_000);
  expect([twice.zekt.payload, twice.cloudevent?.data]).toEqual(["x".repeat(1_000), "x".repeat(1_000)]);
  const once = of(40_000);
  expect(once.zekt).toMatchObject({ hasMessage: true, payload: null, payloadRef: { sha256: "hash" } });
  expect(once.cloudevent?.data).toBe("x".repeat(40_000));
  const room = 65_535 - sizeOf(of(40_000)) + 40_000;
  expect([sizeOf(of(room)), of(room).cloudevent?.data]).toEqual([65_535, "x".repeat(room)]);
  const over = of(room + 1);
  expect(over.zekt.payloadRef).toMatchObject({ sha256: "hash" });
  expect(over.cloudevent).not.toHaveProperty("data");
  expect(read(over.cloudevent).data).toBeUndefined();
});

test("a number beyond what GitHub can read is in no CloudEvent, and one that a runner rounds is as it was written", () => {
  expect(eventOf("[1e400]")).not.toHaveProperty("data");
  expect(JSON.stringify(eventOf('{"id":9007199254740993}'))).toContain('"data":{"id":9007199254740993}');
});

test("a name of any characters makes a CloudEvent that can be read", () => {
  const source = { ...delivery.source, repo: "Ünï cörn", slug: "n" };
  const event = eventOf("null", { eventType: "a\u0000b\u{1f98a}", source });
  expect(read(event)).toMatchObject({ type: "a\u{fffd}b\u{1f98a}", source: "/%C3%9Cn%C3%AF%20c%C3%B6rn/n" });
  expect(event).toHaveProperty("data", null);
});

test("a workflow that is started by its name has the CloudEvent in its input", () => {
  const inputs = workflowInputs(delivery, joint('{"a":1}'), FIRST);
  expect(JSON.parse(inputs.zekt).cloudevent).toEqual(eventOf('{"a":1}'));
});
