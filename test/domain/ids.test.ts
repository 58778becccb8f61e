import { v5 as uuidv5 } from "uuid";
import { describe, expect, test } from "vitest";
import {
  deliveryIdOf,
  findDeliveryId,
  isGitHubId,
  messageIdOf,
  replayIdOf,
  SecretIds,
  subscriptionIdOf,
  testRunId,
} from "../../app/domain/ids.ts";

const UUID = /^[a-z]+-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const ids = new SecretIds("k".repeat(32));

describe("an id that others see tells nothing", () => {
  test("of a service: another deployment's key gives other ids for the same repository and slug", () => {
    const others = new SecretIds("l".repeat(32));
    expect(ids.service("7", "releases")).toMatch(UUID);
    expect(ids.service("7", "releases")).toBe(ids.service("7", "releases"));
    expect(others.service("7", "releases")).not.toBe(ids.service("7", "releases"));
  });

  test("of a service: the namespace in the source confirms no guess", () => {
    const guess = uuidv5(
      JSON.stringify(["service", "7", "releases"]),
      "6f0c1f1e-5f0b-5d4e-9a53-4f3a3b1d7c55",
    );
    expect(ids.service("7", "releases")).not.toContain(guess);
  });

  test("of a delivery: its run's number and its subscription, which a consumer knows, give no id", () => {
    const subscriptionId = "subscription-1";
    const delivery = deliveryIdOf(ids.event("7", "11", 1, "completed"), null, subscriptionId);
    const guessed = new SecretIds("guessed").event("7", "11", 1, "completed");
    expect(deliveryIdOf(guessed, null, subscriptionId)).not.toBe(delivery);
    expect(findDeliveryId(delivery)).toBe(delivery);
  });

  test("kinds and parts do not run into one another", () => {
    const made = [
      ids.event("1", "11", 1, "completed"),
      ids.event("11", "1", 1, "completed"),
      ids.event("1", "1", 11, "completed"),
      ids.service("1", "11"),
    ].map((id) => id.slice(id.indexOf("-")));
    expect(new Set(made).size).toBe(made.length);
  });
});

describe("an id that is stored", () => {
  // Another id for the same thing would have an event dispatched twice after an update.
  test.each([
    ["event", () => ids.event("7", "11", 1, "completed"), "event-a595c1fc-229e-4ca8-a386-21de0a252506"],
    ["service", () => ids.service("7", "releases"), "service-ff7c09c5-e8ce-4bce-babd-d1654abff47c"],
    ["message", () => messageIdOf("7", "11", 1, "key"), "message-a647b9b2-ea43-57cc-9130-f0bb221b72cf"],
    [
      "delivery of a message",
      () => deliveryIdOf("event-1", "message-1", "subscription-1"),
      "delivery-2d34c0e2-1f8a-5fcd-97db-6ad37eea1675",
    ],
    [
      "delivery of an event",
      () => deliveryIdOf("event-1", null, "subscription-1"),
      "delivery-f9b9ba72-2b2c-5ba9-88ae-cf22a220bdf4",
    ],
    ["replay", () => replayIdOf("replay-1", "delivery-1"), "delivery-68d3c460-999a-5fd2-b440-ece43f098493"],
    [
      "subscription of a workflow",
      () => subscriptionIdOf("service-1", "7", ".github/workflows/a.yml"),
      "subscription-16c2cd34-0109-5485-afd1-6b5a07559cb8",
    ],
    [
      "subscription of a repository",
      () => subscriptionIdOf("service-1", "7", null),
      "subscription-da367406-7cca-5e01-b03c-758ba63cadbc",
    ],
  ])("of the same %s is the same in every version", (_, make, id) => {
    expect(make()).toBe(id);
  });
});

test("a delivery's id is found within a text, and nothing else is taken for one", () => {
  const id = deliveryIdOf("event-1", null, "subscription-1");
  expect(findDeliveryId(`Deploy (${id}) again`)).toBe(id);
  expect(findDeliveryId("Deploy delivery-1 again")).toBeNull();
});

test.each([
  ["1", true],
  ["9223372036854775807", true],
  ["12345678901234567890", false],
  ["0", false],
  ["01", false],
  ["-1", false],
  ["1.5", false],
  ["a1", false],
  ["1a", false],
  ["", false],
])("%j can be one of GitHub's ids: %s", (text, can) => {
  expect(isGitHubId(text)).toBe(can);
});

test("a test event's run has a number above any of GitHub's that a double holds exactly", () => {
  for (const random of [0, 0.5, 1 - 2 ** -40]) {
    expect(Number.isSafeInteger(testRunId(random))).toBe(true);
    expect(testRunId(random)).toBeGreaterThanOrEqual(9_000_000_000_000_000);
  }
  expect(testRunId(0.5) - testRunId(0)).toBeGreaterThan(1e12);
});
