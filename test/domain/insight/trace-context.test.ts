import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import {
  arrivalSpanId,
  attemptSpanId,
  routingSpanId,
  stepSpanId,
  traceIdOf,
  traceparentOf,
} from "../../../app/domain/insight/trace-context.ts";

/* A trace's ids are reckoned, never stored: one that changed would tear apart traces that have begun. */

const begins = (text: string, digits: number): string =>
  createHash("sha256").update(text).digest("hex").slice(0, digits);

test("a trace has 16 bytes of its event's hash, and each of its spans 8 of a hash of its own", () => {
  expect(traceIdOf("e")).toBe(begins("trace e", 32));
  expect(arrivalSpanId("e")).toBe(begins("arrival e", 16));
  expect(routingSpanId("e")).toBe(begins("routing e", 16));
  expect(attemptSpanId("d", 2)).toBe(begins("attempt d 2", 16));
  expect(stepSpanId("d", "confirmation")).toBe(begins("confirmation d", 16));
});

test("a consumer's spans join the attempt by a traceparent as the W3C writes it", () => {
  const text = traceparentOf({ eventId: "e", deliveryId: "d" }, 1);
  expect(text).toBe(`00-${traceIdOf("e")}-${attemptSpanId("d", 1)}-01`);
  expect(text).toMatch(/^00-[\da-f]{32}-[\da-f]{16}-01$/);
});
