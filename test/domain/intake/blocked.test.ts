import { expect, test } from "vitest";
import { BLOCK_SENTENCE } from "../../../app/domain/intake/block-sentence.ts";
import { byDay, verdictsOf } from "../../../app/domain/intake/blocked.ts";
import type { Counts } from "../../../app/domain/records/meter-fact.ts";

test("blocked events are counted by reason and by workflow, most first, and others beside them", () => {
  const counts = {
    eventsAllowed: 5,
    eventsBlocked: 9,
    "blocked:fork:a.yml": 1,
    "blocked:breaker:a.yml": 2,
    "blocked:branch:odd:name.yml": 6,
    dispatches: 7,
  } as Counts;
  expect(verdictsOf(counts)).toEqual({
    allowed: 5,
    blocked: 9,
    reasons: [
      { reason: "branch", workflow: "odd:name.yml", count: 6 },
      { reason: "breaker", workflow: "a.yml", count: 2 },
      { reason: "fork", workflow: "a.yml", count: 1 },
    ],
    workflows: [
      { workflow: "odd:name.yml", blocked: 6 },
      { workflow: "a.yml", blocked: 3 },
    ],
  });
  expect(verdictsOf({})).toEqual({ allowed: 0, blocked: 0, reasons: [], workflows: [] });
});

test("hours are summed up by the day, the oldest first", () => {
  const hours = new Map<string, Counts>([
    ["2026-01-02T00", { dispatches: 1 }],
    ["2026-01-01T23", { dispatches: 2 }],
    ["2026-01-02T23", { dispatches: 3 }],
    ["2025-12-31T01", { dispatches: 4 }],
  ]);
  expect(byDay(hours)).toEqual([
    ["2025-12-31", { dispatches: 4 }],
    ["2026-01-01", { dispatches: 2 }],
    ["2026-01-02", { dispatches: 4 }],
  ]);
});

test("each reason for a block is told as a sentence of its own", () => {
  const sentences = Object.values(BLOCK_SENTENCE);
  expect(new Set(sentences).size).toBe(11);
  for (const sentence of sentences) expect(sentence).toMatch(/^(The|No|GitHub's) \w.*\.$/);
});
