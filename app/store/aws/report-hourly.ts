import { HOUR } from "../../domain/clock.ts";
import type { UnreadableItem } from "../ports.ts";

/** Items that are remembered as reported. */
const MOST = 1000;

/** Reports each unreadable item once an hour: lists are read again and again, and the item stays in them. */
export function reportHourly(
  report: (error: UnreadableItem) => void,
  now: () => number = Date.now,
): (error: UnreadableItem) => void {
  const reportedAt = new Map<string, number>();
  return (error) => {
    const name = `${error.table}\n${error.key.pk}\n${error.key.sk}`;
    const at = now();
    if (Math.abs(at - (reportedAt.get(name) ?? Number.NEGATIVE_INFINITY)) < HOUR) return;
    if (reportedAt.size >= MOST) reportedAt.clear();
    reportedAt.set(name, at);
    report(error);
  };
}
