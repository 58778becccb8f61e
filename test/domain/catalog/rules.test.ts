import { describe, expect, test } from "vitest";
import { subscriptionChange, subscriptionInput } from "../../../app/domain/catalog/subscription-input.ts";
import { isVisibleTo } from "../../../app/domain/catalog/visibility.ts";
import { MAX_FILTER } from "../../../app/domain/limits.ts";
import type { Service } from "../../../app/domain/records/service.ts";

describe("a subscription", () => {
  test("asks for no more than its service, unless it says more", () => {
    expect(subscriptionInput.parse({ service: "acme/releases/releases" })).toEqual({
      service: "acme/releases/releases",
      workflow: null,
      filter: null,
      eventTypes: [],
      start: "repository_dispatch",
      ref: null,
      durable: null,
      format: "zekt",
    });
  });

  test("that is durable waits 10 minutes for a confirmation and 6 hours for a run's end, eight times", () => {
    expect(subscriptionInput.parse({ service: "s", durable: {} }).durable).toEqual({
      confirmWithin: 600,
      completeWithin: 21_600,
      maxAttempts: 8,
      retryOnFailure: false,
    });
  });

  test.each<[string, number, number]>([
    ["confirmWithin", 60, 86_400],
    ["completeWithin", 60, 604_800],
    ["maxAttempts", 1, 20],
  ])("has %s from %i to %i", (setting, least, most) => {
    const takes = (value: number): boolean =>
      subscriptionInput.safeParse({ service: "s", durable: { [setting]: value } }).success;
    expect([least - 1, least, most, most + 1, least + 0.5].map(takes)).toEqual([
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  test.each([
    ["an empty name", { service: "" }],
    ["a name beyond 300 characters", { service: "x".repeat(301) }],
    ["a ref beyond 250 characters", { service: "s", ref: "x".repeat(251) }],
    ["an empty ref", { service: "s", ref: "" }],
    ["another way of starting", { service: "s", start: "push" }],
    ["a field that there is not", { service: "s", other: 1 }],
    ["more than 50 types", { service: "s", eventTypes: Array.from({ length: 51 }, (_, n) => `t${n}`) }],
  ])("does not take %s", (_, input) => {
    expect(subscriptionInput.safeParse(input).success).toBe(false);
  });

  test.each([
    { filter: "x".repeat(MAX_FILTER) },
    { start: "repository_dispatch" },
    { start: "workflow_dispatch" },
    { format: "zekt" },
    { format: "cloudevents" },
    { ref: "main" },
  ])("takes %o", (given) => {
    expect(subscriptionInput.parse({ service: "s", ...given })).toMatchObject(given);
  });

  test("says how long a filter may be", () => {
    const refused = subscriptionInput.safeParse({ service: "s", filter: "x".repeat(MAX_FILTER + 1) });
    expect(refused.error?.issues[0]?.message).toBe(`must have at most ${MAX_FILTER} characters`);
  });

  test("that is changed keeps what the change does not name", () => {
    expect(subscriptionChange.parse({})).toEqual({});
    expect(subscriptionChange.parse({ durable: null })).toEqual({ durable: null });
    expect(subscriptionChange.safeParse({ workflow: ".github/workflows/a.yml" }).success).toBe(false);
  });
});

test.each<[string, Partial<Service>, boolean]>([
  ["public", { visibility: "public" }, true],
  ["its owner's, of another owner", { visibility: "organization" }, false],
  ["its owner's, of the same owner", { visibility: "organization", ownerId: "9" }, true],
  ["private, of the same owner", { visibility: "private", ownerId: "9" }, true],
  ["private, and approves the owner beforehand", { visibility: "private", preapprovedOwners: ["9"] }, true],
  ["private, and approves another beforehand", { visibility: "private", preapprovedOwners: ["8"] }, false],
  ["not published, though it is public", { visibility: "public", published: false }, false],
  [
    "not published, though it is the owner's own",
    { visibility: "public", published: false, ownerId: "9" },
    false,
  ],
])("a service that is %s is seen, or not: %#", (_, change, isSeen) => {
  const service = { published: true, ownerId: "1", preapprovedOwners: [], ...change } as unknown as Service;
  expect(isVisibleTo(service, "9")).toBe(isSeen);
});
