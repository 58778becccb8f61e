import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  ARCHIVE_TTL,
  DELIVERY_TTL,
  HOOK_LOG_TTL,
  LEASE,
  MAX_CLIENT_PAYLOAD_BYTES,
  MAX_INLINE_BYTES,
  MAX_MESSAGE_BYTES,
  RUN_TTL,
  WORKFLOW_COMPLETED,
} from "../../app/domain/limits.ts";

const DAY = 24 * 60 * 60 * 1000;

/** Returns the number that a document has where a pattern's group is. */
const told = (document: string, pattern: RegExp): number =>
  Number(pattern.exec(readFileSync(new URL(`../../docs/${document}.md`, import.meta.url), "utf8"))?.[1]);

test("what is kept is kept for as long as the guides say", () => {
  expect(DELIVERY_TTL).toBe(told("durable-delivery", /^\| deliveries, .* \| (\d+) days \|$/m) * DAY);
  expect(ARCHIVE_TTL).toBe(told("durable-delivery", /^\| archived payloads, .* \| (\d+) days \|$/m) * DAY);
  expect(RUN_TTL).toBe(told("durable-delivery", /^\| messages that .* \| (\d+) days \|$/m) * DAY);
  expect(HOOK_LOG_TTL).toBe(told("operations", /runs of one repository in (\d+) days/) * DAY);
});

test("a message may be as large as the guide says", () => {
  expect(MAX_MESSAGE_BYTES).toBe(told("provider-guide", /up to (\d+) KB of JSON in UTF-8/) * 1024);
});

test("a message that a dispatch carries is in its own item, which DynamoDB lets grow to 400 KB", () => {
  expect(MAX_INLINE_BYTES).toBeGreaterThanOrEqual(MAX_CLIENT_PAYLOAD_BYTES);
  expect(MAX_INLINE_BYTES).toBeLessThan(400 * 1000);
});

test("a dispatch has six times as long as GitHub takes to answer", () => {
  expect(LEASE).toBe(6 * 10_000);
});

test("a finished run is announced by the type that the guides tell workflows to ask for", () => {
  expect(WORKFLOW_COMPLETED).toBe("zekt-workflow-completed");
});
