import { expect, test } from "vitest";
import { durableFacts, shares } from "../../../app/domain/insight/usage.ts";
import type { Counts } from "../../../app/domain/records/meter-fact.ts";
import { buildDelivery, NOW } from "../delivery/build-delivery.ts";

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
  expect(shares({}).durable.deliveries).toBe(0);
});

test("a durable delivery costs its consumer's owner itself and its payload, once, and a default one neither", () => {
  const deliveries = [
    buildDelivery("a", { archiveKey: "x" }),
    buildDelivery("b", { archiveKey: "y" }),
    buildDelivery("c", { durable: null, archiveKey: "x" }),
  ];
  const at = new Date(NOW).toISOString();
  expect(durableFacts(deliveries, new Map([["x", 12]]), at)).toEqual([
    { scope: "owner#9", factId: "a#durable", at, counts: { durableDeliveries: 1, durableArchivedBytes: 12 } },
    { scope: "owner#9", factId: "b#durable", at, counts: { durableDeliveries: 1, durableArchivedBytes: 0 } },
  ]);
});
