import { expect, test } from "vitest";
import { shares } from "../../../app/domain/insight/usage.ts";
import type { Counts } from "../../../app/domain/records/meter-fact.ts";

test("what durable delivery took is counted apart from the rest, which is never below zero", () => {
  const counts: Counts = {
    durableDeliveries: 2,
    durableDispatches: 3,
    durableRunMs: 400,
    durableGithubRequests: 5,
    durableArchivedBytes: 600,
    dispatches: 10,
    runMs: 1000,
    githubRequests: 4,
  };
  expect(shares(counts)).toEqual({
    durable: { deliveries: 2, dispatches: 3, runMs: 400, githubRequests: 5, archivedBytes: 600 },
    other: { dispatches: 7, runMs: 600, githubRequests: 0 },
  });
  expect(shares({ ...counts, githubRequests: 9 }).other.githubRequests).toBe(4);
  expect(shares({}).durable.deliveries).toBe(0);
});
