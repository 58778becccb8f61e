import { expect, test } from "vitest";
import {
  attemptKind,
  endedKind,
  type FailureGroup,
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
  ["conclusion", "timeout", "conclusion"],
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

test("of groups that ended as many deliveries the one with more attempts comes first", () => {
  const kinds = ["network", "auth", "timeout"] as const;
  const attempts = { network: 1, auth: 3, timeout: 2 };
  const counts = kinds.map((kind) => [attemptKind({ stage: "github", kind }), attempts[kind]] as const);
  expect(groupFailures(Object.fromEntries(counts)).map(({ kind }) => kind)).toEqual([
    "auth",
    "timeout",
    "network",
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

const UP_TO_CONSUMER = { setting: null, page: "subscription" };
test.each<[FailureGroup, object, object]>([
  [
    "service-unavailable",
    { setting: "durable.maxAttempts", page: "github-status" },
    { setting: null, page: "github-status" },
  ],
  ["timeout", { setting: "durable", page: "github-status" }, { setting: null, page: "github-status" }],
  ["auth", { setting: null, page: "installation" }, UP_TO_CONSUMER],
  ["rate-limit", { setting: "eventTypes", page: "subscription" }, { setting: "eventTypes", page: "service" }],
  [
    "network",
    { setting: "GITHUB_API_URL", page: "github-status" },
    { setting: "GITHUB_API_URL", page: "github-status" },
  ],
  ["not-found", { setting: null, page: "installation" }, UP_TO_CONSUMER],
  ["payload", { setting: null, page: "subscription" }, { setting: null, page: "service" }],
  ["startup-failure", { setting: null, page: "consumer-policies" }, UP_TO_CONSUMER],
  ["internal", { setting: null, page: "subscription" }, UP_TO_CONSUMER],
  ["conclusion", { setting: "durable.retryOnFailure", page: "consumer-runs" }, UP_TO_CONSUMER],
  ["no-confirmation", { setting: "durable.confirmWithin", page: "consumer-workflows" }, UP_TO_CONSUMER],
  ["no-completion", { setting: "durable.completeWithin", page: "consumer-workflows" }, UP_TO_CONSUMER],
])("of %s each side is sent to the page and the setting by which it can be fixed", (group, ...expected) => {
  expect([remedyFor(group, true), remedyFor(group, false)]).toMatchObject(expected);
});

test("a failure of Zekt's own is up to its operator, whoever asks", () => {
  for (const asConsumer of [true, false])
    expect(remedyFor("internal", asConsumer).advice).toMatch(/operator finds the error in the log/);
});
