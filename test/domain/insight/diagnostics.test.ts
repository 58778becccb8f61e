import { expect, test } from "vitest";
import {
  attemptKind,
  endedKind,
  groupFailures,
  groupOf,
  remedyFor,
} from "../../../app/domain/insight/diagnostics.ts";
import type { FailureKind, FailureStage } from "../../../app/domain/records/delivery.ts";

test.each([
  ["github", "service-unavailable", "service-unavailable"],
  ["github", "timeout", "timeout"],
  ["github", "auth", "auth"],
  ["before-github", "auth", "auth"],
  ["github", "rate-limit", "rate-limit"],
  ["before-github", "network", "network"],
  ["github", "not-found", "not-found"],
  ["github", "payload", "payload"],
  ["confirmation", "timeout", "no-confirmation"],
  ["completion", "timeout", "no-completion"],
  ["conclusion", "consumer", "conclusion"],
  ["conclusion", "startup-failure", "startup-failure"],
  ["before-github", "internal", "internal"],
  ["confirmation", "internal", "internal"],
] as const)("a failure at the stage %s of the kind %s is one of the group %s", (stage, kind, group) => {
  expect(groupOf({ stage, kind })).toBe(group);
});

test("failures are counted by stage and kind, those that ended a delivery apart from attempts", () => {
  const unavailable = { stage: "github", kind: "service-unavailable" } as const;
  const silence = { stage: "confirmation", kind: "timeout" } as const;
  const groups = groupFailures({
    "health:total": 20,
    [attemptKind(unavailable)]: 7,
    [endedKind(unavailable)]: 1,
    [endedKind(silence)]: 3,
  });
  expect(groups).toEqual([
    { ...silence, group: "no-confirmation", failed: 3, attempts: 0 },
    { ...unavailable, group: "service-unavailable", failed: 1, attempts: 7 },
  ]);
});

const STAGES: FailureStage[] = ["before-github", "github", "confirmation", "completion", "conclusion"];
const KINDS: FailureKind[] = [
  "service-unavailable",
  "timeout",
  "auth",
  "rate-limit",
  "not-found",
  "payload",
  "network",
  "startup-failure",
  "consumer",
  "internal",
];

test("for whatever can fail there is advice for either side, and a page to open", () => {
  for (const stage of STAGES) {
    for (const kind of KINDS) {
      for (const asConsumer of [true, false]) {
        const { advice, page } = remedyFor(groupOf({ stage, kind }), asConsumer);
        expect(advice.length).toBeGreaterThan(20);
        expect(page).toEqual(expect.any(String));
      }
    }
  }
});

test("a provider is not sent to pages and settings that are its consumer's", () => {
  expect(remedyFor("no-confirmation", true)).toMatchObject({
    setting: "durable.confirmWithin",
    page: "consumer-workflows",
  });
  expect(remedyFor("no-confirmation", false)).toMatchObject({ setting: null, page: "subscription" });
  expect(remedyFor("conclusion", false).page).not.toBe("consumer-runs");
});
