import { DAY, iso } from "../clock.ts";
import type { PartMark } from "../records/part-mark.ts";
import { dueAgainAt } from "./due-again.ts";

/*
 * An item that ends its process would do so every minute, and nothing behind it would be reached. So a part of the
 * minute's work is marked while it lasts. Where the mark is found at the next beginning, one item is worked after the
 * other, each named before. The next process knows by that name which one is deadly: it waits, each time longer.
 */

/** An item that ended no process for so long is forgotten: most often it is not there any more. */
const FORGOTTEN_AFTER = 1 * DAY;

/** Marks the beginning of a part, by the mark that was found. The item that its process has ended of is deadly. */
export function beginPart(found: PartMark | null, now: number): PartMark {
  const deadly = Object.fromEntries(
    Object.entries(found?.deadly ?? {}).filter(
      ([, { at }]) => Math.abs(now - Date.parse(at)) < FORGOTTEN_AFTER,
    ),
  );
  const item = found?.isWorking ? found.item : null;
  if (item !== null) deadly[item] = { times: (deadly[item]?.times ?? 0) + 1, at: iso(now) };
  return { isWorking: true, item: null, deadly };
}

/** Returns whether an item is known to be deadly. */
export const isDeadly = ({ deadly }: PartMark, item: string): boolean => deadly[item] !== undefined;

/** Returns whether an item may be worked on now: a deadly one has to wait. */
export function mayWork({ deadly }: PartMark, item: string, now: number): boolean {
  const known = deadly[item];
  return known === undefined || now >= dueAgainAt(Date.parse(known.at), known.times - 1);
}

/** Marks that an item is worked on. */
export const beginItem = (mark: PartMark, item: string): PartMark => ({ ...mark, item });

/** Marks that the work on an item has ended, well or not: it is not deadly. */
export function endItem(mark: PartMark, item: string): PartMark {
  const { [item]: _, ...deadly } = mark.deadly;
  return { ...mark, item: null, deadly };
}

/** Marks the end of a part; null where nothing is left to know of it. */
export const endPart = (mark: PartMark): PartMark | null =>
  Object.keys(mark.deadly).length > 0 ? { ...mark, isWorking: false, item: null } : null;
