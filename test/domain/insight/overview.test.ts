import fc from "fast-check";
import { expect, test } from "vitest";
import { overviewOf, percentile } from "../../../app/domain/insight/overview.ts";
import type { Delivery } from "../../../app/domain/records/delivery.ts";

const FROM = Date.parse("2026-01-01T00:00:00Z");
const HOUR = 3_600_000;
const at = (ms: number): string => new Date(FROM + ms).toISOString();

let made = 0;
const buildDelivery = (change: Partial<Delivery> = {}): Delivery =>
  ({
    deliveryId: `delivery-${++made}`,
    status: "Completed",
    isFinalized: true,
    durable: {},
    replayOf: null,
    createdAt: at(1000),
    dispatchedAt: null,
    confirmedAt: null,
    ...change,
  }) as Delivery;

test("what succeeded, failed and is on its way is told apart, and only what ended is judged", () => {
  const deliveries = [
    buildDelivery(),
    buildDelivery({ status: "Confirmed", isFinalized: false }),
    buildDelivery({ status: "Dispatched", durable: null }),
    buildDelivery({ status: "Dispatched", isFinalized: false }),
    buildDelivery({ status: "Dispatched", durable: null, isFinalized: false }),
    buildDelivery({ status: "Pending", isFinalized: false }),
    buildDelivery({ status: "Failed" }),
    buildDelivery({ status: "Failed", durable: null }),
    buildDelivery({ status: "Failed", durable: null }),
  ];
  expect(overviewOf(deliveries, FROM, FROM + HOUR)).toMatchObject({
    total: 9,
    succeeded: 3,
    failed: 3,
    inFlight: 3,
    successRate: 0.5,
  });
});

test("of nothing there is no rate and no latency", () => {
  const none = { count: 0, p50: null, p95: null };
  expect(overviewOf([], FROM, FROM)).toMatchObject({
    successRate: null,
    toDispatch: none,
    toConfirmation: none,
  });
});

test("a dispatch is timed from the end of its run, and no replay is", () => {
  const times = { runEndedAt: at(0), dispatchedAt: at(800), confirmedAt: at(5800) };
  const deliveries = [
    buildDelivery(times),
    buildDelivery({ ...times, replayOf: "delivery-x", dispatchedAt: at(9 * HOUR), confirmedAt: null }),
    // GitHub's clock is not ours.
    buildDelivery({ runEndedAt: at(900), dispatchedAt: at(800) }),
  ];
  const { toDispatch, toConfirmation } = overviewOf(deliveries, FROM, FROM + HOUR);
  expect(toDispatch).toEqual({ count: 2, p50: 0, p95: 800 });
  expect(toConfirmation).toEqual({ count: 1, p50: 5000, p95: 5000 });
});

test("two days are told by the hour and more by the day, with none left out", () => {
  const deliveries = [buildDelivery(), buildDelivery({ createdAt: at(25 * HOUR), status: "Failed" })];
  const hours = overviewOf(deliveries, FROM, FROM + 47 * HOUR).periods;
  expect(hours).toHaveLength(48);
  expect(hours[25]).toEqual({ period: "2026-01-02T01", total: 1, succeeded: 0, failed: 1, inFlight: 0 });
  expect(overviewOf(deliveries, FROM, FROM + 48 * HOUR).periods).toHaveLength(49);
  const days = overviewOf(deliveries, FROM, FROM + 71 * HOUR).periods;
  expect(days.map(({ period, total }) => [period, total])).toEqual([
    ["2026-01-01", 1],
    ["2026-01-02", 1],
    ["2026-01-03", 0],
  ]);
});

test("at least the share of all values is at or below its percentile, and no lesser value would do", () => {
  const values = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 });
  fc.assert(
    fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (all, share) => {
      const found = percentile(all, share) as number;
      expect(all.filter((value) => value <= found).length).toBeGreaterThanOrEqual(share * all.length);
      expect(all.filter((value) => value < found).length).toBeLessThan(share * all.length);
    }),
  );
});
