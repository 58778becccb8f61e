import { DAY, iso, MINUTE, SECOND } from "../clock.ts";
import type { Gap } from "../records/hook-log.ts";

/** Runs that began so long before a gap are looked at too: they may have ended in it. */
const BEGAN_BEFORE = 1 * DAY;
/** GitHub's clock and ours. */
const SKEW = 1 * MINUTE;
/** GitHub lists no more runs than this for a span. */
const MAX_LISTED = 1000;
const PER_PAGE = 100;

/** The span of creation of runs that may have ended between two moments. */
const spanOf = (since: string, until: string): [from: string, to: string] => [
  iso(Date.parse(since) - SKEW - BEGAN_BEFORE),
  iso(Date.parse(until) + SKEW),
];

/** Opens a gap from one moment to another (ISO 8601), or widens the one that is open: what was listed of it is. */
export function openGap(open: Gap | null, since: string, until: string): Gap {
  const start = iso(Date.parse(since) - SKEW);
  const closed = { step: "runs", page: 1, cursor: null, found: 0, failed: 0, lost: 0 } as const;
  if (open === null) return { ...closed, since: start, until, spans: [spanOf(since, until)] };
  const [isEarlier, isLater] = [start < open.since, until > open.until];
  // First of all the span that is being listed, at its page.
  const spans = [
    ...(isLater ? [spanOf(open.until, until)] : []),
    ...(isEarlier ? [spanOf(since, open.since)] : []),
    ...open.spans,
  ];
  return {
    ...closed,
    since: isEarlier ? start : open.since,
    until: isLater ? until : open.until,
    spans,
    page: open.spans.length > 0 ? open.page : 1,
    found: open.found,
    lost: open.lost,
    ...(open.isSilent ? { isSilent: true } : {}),
    ...(open.isUnsure ? { isUnsure: true } : {}),
  };
}

/** A page of a span's runs, as far as the way on depends on it. */
interface ListedPage {
  total: number;
  listed: number;
}

/**
 * Returns a gap after a page of its last span was listed. A span with more runs than GitHub lists is halved,
 * down to a second; what is more than that in a second is lost.
 */
export function afterPage(gap: Gap, { total, listed }: ListedPage): { gap: Gap; isSplit: boolean } {
  const [from, to] = gap.spans.at(-1) as [string, string];
  const rest = gap.spans.slice(0, -1);
  const middle = Math.floor((Date.parse(from) + Date.parse(to)) / 2 / SECOND) * SECOND;
  if (gap.page === 1 && total > MAX_LISTED && middle > Date.parse(from)) {
    const halves: [string, string][] = [
      [from, iso(middle - SECOND)],
      [iso(middle), to],
    ];
    return { gap: { ...gap, spans: [...rest, ...halves] }, isSplit: true };
  }
  const isWhole = listed < PER_PAGE || gap.page * PER_PAGE >= MAX_LISTED;
  if (!isWhole) return { gap: { ...gap, page: gap.page + 1 }, isSplit: false };
  const lost = gap.lost + Math.max(0, total - MAX_LISTED);
  return { gap: { ...gap, spans: rest, page: 1, lost }, isSplit: false };
}

/** Returns whether a moment is within a gap. */
export const isWithin = ({ since, until }: Gap, at: string): boolean =>
  Date.parse(at) >= Date.parse(since) && Date.parse(at) <= Date.parse(until);
