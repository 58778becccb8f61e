import { v5 as uuidv5 } from "uuid";
import { describe, expect, test } from "vitest";
import { deliveryIdOf, findDeliveryId, SecretIds } from "../../app/domain/ids.ts";

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
