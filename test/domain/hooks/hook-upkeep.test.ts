import { expect, test } from "vitest";
import { HOUR, iso } from "../../../app/domain/clock.ts";
import { wantOf } from "../../../app/domain/hooks/hook-upkeep.ts";
import type { PlacedHook } from "../../../app/domain/records/repository.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const placed: PlacedHook = {
  hookId: "1",
  secretVersion: 2,
  previousSecretVersion: null,
  placedAt: iso(NOW),
  pingedAt: iso(NOW),
};

test.each<[string, Partial<PlacedHook>, number, string | null]>([
  ["that is proven and has one secret needs nothing", {}, NOW + 2 * HOUR, null],
  ["with an old secret needs the new one, proven or not", { secretVersion: 1 }, NOW, "secret"],
  [
    "with an old secret and no ping needs the secret first",
    { secretVersion: 1, pingedAt: null },
    NOW,
    "secret",
  ],
  ["that was never pinged needs that", { pingedAt: null, previousSecretVersion: 1 }, NOW + 2 * HOUR, "ping"],
  ["keeps its old secret for what is on its way", { previousSecretVersion: 1 }, NOW + HOUR - 1, null],
  [
    "gives its old secret up an hour after the new one proved itself",
    { previousSecretVersion: 1 },
    NOW + HOUR,
    "retirement",
  ],
])("a webhook %s", (_, change, now, want) => {
  expect(wantOf({ ...placed, ...change }, 2, now)).toBe(want);
});
