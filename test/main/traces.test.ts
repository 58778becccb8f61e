import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { headersOf } from "../../app/main/config.ts";
import { SpanExporter } from "../../app/outbound/export-spans.ts";
import { until } from "../../harness/stage.ts";
import {
  callAs,
  DEPLOY,
  dispatchesTo,
  listeningWorkflow,
  publish,
  silent,
  startDispatchedRun,
  startWorld,
  tokenOf,
  type World,
  zektOf,
} from "../../harness/world.ts";

interface Exported {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code?: number };
}

let collector: Server;
let endpoint: string;
let spans: Exported[];
let bodies: string[];
let headers: IncomingHttpHeaders;
let status: number;
/** The collector's answer. */
let said: string;
beforeEach(async () => {
  [spans, bodies, status, said] = [[], [], 200, "{}"];
  collector = createServer((request, response) => {
    let body = "";
    request.on("data", (data) => {
      body += data;
    });
    request.on("end", () => {
      expect(request.url).toBe("/v1/traces");
      headers = request.headers;
      bodies.push(body);
      if (status === 200) spans.push(...JSON.parse(body).resourceSpans[0].scopeSpans[0].spans);
      response.writeHead(status).end(said);
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
});
afterEach(() => {
  collector.closeAllConnections();
  collector.close();
});

const attribute = ({ attributes }: Exported, key: string): unknown =>
  Object.values(attributes.find((one) => one.key === key)?.value ?? {})[0];

/** A provider and a consumer on a Zekt that makes traces. */
const tracedWorld = (): Promise<World> =>
  startWorld({}, {}, { files: { [DEPLOY]: listeningWorkflow(["zekt-workflow-completed"]) } }, silent, {
    settings: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20secret" },
  });

test("an event is one trace from its webhook to its confirmation and completion, which a consumer joins", async () => {
  const world = await tracedWorld();
  await publish(world);
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
  const zekt = zektOf(dispatchesTo(world, "initech/consumer")[0]);
  const run = await startDispatchedRun(world, "initech/consumer");
  const token = await tokenOf(world, run.id);
  const { deliveryId } = zekt;
  expect((await callAs(world, token, "POST", "/event-delivery/confirm", { deliveryId })).status).toBe(200);
  const done = { deliveryId, success: true };
  const second = await tokenOf(world, run.id);
  const completed = await callAs(world, second, "POST", "/event-delivery/complete", done);
  expect(completed.status, completed.text).toBe(200);
  await world.close();
  const byName = new Map(spans.map((span) => [span.name, span]));
  expect(spans.map(({ name }) => name)).toEqual([
    "webhook workflow_run",
    "route event",
    "dispatch delivery",
    "wait for confirmation",
    "consumer's run",
  ]);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const dispatch = byName.get("dispatch delivery") as Exported;
  expect(zekt.traceparent).toBe(`00-${dispatch.traceId}-${dispatch.spanId}-01`);
  expect(zekt.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  const parents = spans.map(({ parentSpanId }) => spans.find(({ spanId }) => spanId === parentSpanId)?.name);
  expect(parents).toEqual([
    undefined,
    "webhook workflow_run",
    "route event",
    "dispatch delivery",
    "dispatch delivery",
  ]);
  for (const span of spans)
    expect(BigInt(span.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(span.startTimeUnixNano));
  expect(attribute(dispatch, "zekt.delivery_id")).toBe(deliveryId);
  expect(attribute(dispatch, "http.response.status_code")).toBe("204");
  expect(dispatch.status).toEqual({});
  expect(headers["x-key"]).toBe("a secret");
});

test("a dispatch that GitHub refuses is a span with an error, and says nothing of the reason", async () => {
  const world = await tracedWorld();
  world.github.faults.add({ target: "api", route: "^/repositories/\\d+/dispatches$", count: 1, status: 422 });
  await publish(world);
  await until(async () => {
    const { items } = await world.server.deps.store.deliveries.list("consumer", world.consumer);
    return items[0]?.status === "Failed";
  });
  await world.close();
  const dispatch = spans.find(({ name }) => name === "dispatch delivery");
  expect(dispatch?.status).toMatchObject({ code: 2, message: "refused" });
  expect(bodies.join()).not.toContain("reason");
});

test("without a collector no trace is made, and the envelope has none", async () => {
  const world = await startWorld();
  await publish(world);
  await until(() => dispatchesTo(world, "initech/consumer").length === 1);
  expect(zektOf(dispatchesTo(world, "initech/consumer")[0])).not.toHaveProperty("traceparent");
  expect(world.server.deps.traces).toBeNull();
  await world.close();
});

const SPAN = {
  traceId: "0".repeat(32),
  spanId: "0".repeat(16),
  parentSpanId: null,
  name: "a",
  kind: "internal",
  start: 2,
  end: 1,
  attributes: { n: 1.5, b: true },
} as const;

const optionsOf = (lost: [number, string][], at = endpoint) => ({
  endpoint: at,
  headers: {},
  service: "zekt",
  version: "1",
  every: 1_000_000,
  onLost: (count: number, reason: string) => void lost.push([count, reason]),
});

const exporter = (lost: [number, string][], at?: string) => new SpanExporter(optionsOf(lost, at));

test("spans go in batches; what a collector does not take is lost, and said", async () => {
  const lost: [number, string][] = [];
  const traces = exporter(lost);
  for (let i = 0; i < 600; i++) traces.record(SPAN);
  await traces.flush();
  expect(bodies).toHaveLength(2);
  expect(spans).toHaveLength(600);
  expect(spans[0]).toMatchObject({ startTimeUnixNano: "2000000", endTimeUnixNano: "2000000" });
  status = 503;
  traces.record(SPAN);
  await traces.close();
  expect(lost).toEqual([[1, "the collector answered 503"]]);
  const gone = exporter(lost, "http://127.0.0.1:1");
  gone.record(SPAN);
  await gone.close();
  expect(lost.at(-1)).toEqual([1, "bad port"]);
});

test("no more spans wait than have room; the others are counted", async () => {
  const lost: [number, string][] = [];
  const traces = exporter(lost);
  for (let i = 0; i < 5000; i++) traces.record(SPAN);
  await traces.close();
  expect(lost).toEqual([[904, "too many wait"]]);
  expect(spans).toHaveLength(4096);
});

test.each([
  [
    { partialSuccess: { rejectedSpans: "2", errorMessage: "too old" } },
    [2, "the collector refused them: too old"],
  ],
  [{ partialSuccess: { rejectedSpans: 1 } }, [1, "the collector refused them"]],
  // A warning of a collector that took them all.
  [{ partialSuccess: { errorMessage: "slow down" } }, undefined],
  [{ partialSuccess: {} }, undefined],
  [null, undefined],
])("a collector that answers %j took some of the spans", async (answer, expected) => {
  const lost: [number, string][] = [];
  const traces = exporter(lost);
  for (let i = 0; i < 3; i++) traces.record(SPAN);
  said = JSON.stringify(answer);
  await traces.close();
  expect(lost).toEqual(expected ? [expected] : []);
});

test("a collector that is silent holds up a stop for five seconds, and what waits is said to be lost", async () => {
  const silent = createServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const lost: [number, string][] = [];
  const at = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const traces = new SpanExporter({ ...optionsOf(lost, at), every: 10 });
  for (let i = 0; i < 2000; i++) traces.record(SPAN);
  await new Promise((resolve) => setTimeout(resolve, 200));
  const began = performance.now();
  await traces.close();
  // One export of what waits takes ten seconds, and there are four of them.
  expect(performance.now() - began).toBeLessThan(9000);
  expect(lost.reduce((sum, [count]) => sum + count, 0)).toBe(2000);
  silent.closeAllConnections();
  silent.close();
});

test.each([
  ["", {}],
  ["a=b, c=d%2Ce", { a: "b", c: "d,e" }],
  ["a", null],
  ["a=%", null],
  ["a b=c", null],
  ["a=b c", null],
  ["a=b%0Ac", null],
  ["a=%E2%82%AC", null],
])("the headers %j are read", (list, expected) => {
  expect(headersOf(list)).toEqual(expected);
});
