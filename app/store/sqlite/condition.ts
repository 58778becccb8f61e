import type { Check, Condition } from "../ports.ts";

type Stored = Readonly<Record<string, unknown>>;

/** Returns whether a condition holds for the stored item, null where there is none; `now` in epoch seconds. */
export const holds = (condition: Condition, stored: Stored | null, now: number): boolean =>
  condition.every((check) => passes(check, stored, now));

function passes(check: Check, stored: Stored | null, now: number): boolean {
  switch (check.is) {
    case "exists":
      return stored !== null;
    case "absent":
      if (check.attribute === "pk") return stored === null || isExpired(stored, now);
      return stored?.[check.attribute] === undefined;
    case "equals":
      return stored?.[check.attribute] === check.value;
    case "absentOrAtMost":
      return isAtMost(stored?.[check.attribute], check.value);
  }
}

/** Returns whether an item is past its TTL. */
export const isExpired = ({ expiresAt }: Stored, now: number): boolean =>
  typeof expiresAt === "number" && expiresAt <= now;

function isAtMost(value: unknown, most: string | number): boolean {
  if (value === undefined) return true;
  if (typeof value === "number" && typeof most === "number") return value <= most;
  // By bytes, as the tables sort.
  return typeof value === "string" && typeof most === "string" && compareBytes(value, most) <= 0;
}

/** Compares texts by their UTF-8 bytes. */
export const compareBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
