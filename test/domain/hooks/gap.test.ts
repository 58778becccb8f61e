import { expect, test } from "vitest";
import { afterPage, isWithin, openGap } from "../../../app/domain/hooks/gap.ts";
import type { Gap } from "../../../app/domain/records/hook-log.ts";

const [DAY1, DAY2, DAY3] = [
  "2026-01-01T00:00:00.000Z",
  "2026-01-02T00:00:00.000Z",
  "2026-01-03T00:00:00.000Z",
];

/** Lists a gap's runs, of which so many were made in each second; returns the pages it took and the runs listed. */
function list(open: Gap, made: (second: number) => number): { pages: number; listed: number; gap: Gap } {
  let gap = open;
  let pages = 0;
  let listed = 0;
  while (gap.spans.length > 0) {
    const [from, to] = (gap.spans.at(-1) as [string, string]).map((at) => Math.floor(Date.parse(at) / 1000));
    let total = 0;
    for (let second = from as number; second <= (to as number); second++) total += made(second);
    const onPage = Math.max(0, Math.min(100, Math.min(total, 1000) - (gap.page - 1) * 100));
    const next = afterPage(gap, { total, listed: onPage });
    if (!next.isSplit) listed += onPage;
    gap = next.gap;
    pages += 1;
  }
  return { pages, listed, gap };
}

test("a span with more runs than GitHub lists is halved until each is listed once, by a page for each 100 and few more", () => {
  // 5,000 a day: one every 17 s, over three days and the one before.
  const open = openGap(null, "2026-01-02T00:00:00.000Z", "2026-01-05T00:00:00.000Z");
  const { pages, listed, gap } = list(open, (second) => (second % 17 === 0 ? 1 : 0));
  expect(listed).toBeGreaterThan(20_000);
  expect(pages).toBeLessThan(300);
  expect(gap.lost).toBe(0);
});

test("what is more than GitHub lists in one second is counted as lost", () => {
  const at = Math.floor(Date.parse(DAY2) / 1000);
  const { listed, gap } = list(openGap(null, DAY1, DAY3), (second) => (second === at ? 1250 : 0));
  expect([listed, gap.lost]).toEqual([1000, 250]);
});

test("a gap that is widened keeps what was listed, and lists what is new", () => {
  const open: Gap = { ...openGap(null, DAY1, DAY2), page: 4, found: 7 };
  const wider = openGap(open, DAY1, DAY3);
  expect(wider).toMatchObject({ since: open.since, until: DAY3, page: 4, found: 7, step: "runs" });
  expect(wider.spans.at(-1)).toEqual(open.spans[0]);
  expect(wider.spans).toHaveLength(2);
  expect(openGap({ ...open, step: "count", spans: [] }, DAY1, DAY3)).toMatchObject({ page: 1, failed: 0 });
  expect(openGap(open, DAY2, DAY2).spans).toEqual(open.spans);
});

test("the ends of a gap are within it", () => {
  const gap = openGap(null, DAY1, DAY2);
  expect([DAY1, DAY2, DAY3].map((at) => isWithin(gap, at))).toEqual([true, true, false]);
});

test("a gap begins a minute early, and has runs that began up to a day before, and until a minute after", () => {
  const gap = openGap(null, DAY2, DAY3);
  expect(gap.since).toBe("2026-01-01T23:59:00.000Z");
  expect(gap.spans).toEqual([["2025-12-31T23:59:00.000Z", "2026-01-03T00:01:00.000Z"]]);
});

test("a gap that is widened to earlier lists that first of all, and stays silent or unsure if it was", () => {
  const open: Gap = { ...openGap(null, DAY2, DAY3), isSilent: true, isUnsure: true };
  const wider = openGap(open, DAY1, DAY3);
  expect(wider).toMatchObject({
    since: "2025-12-31T23:59:00.000Z",
    until: DAY3,
    isSilent: true,
    isUnsure: true,
  });
  expect(wider.spans).toEqual([["2025-12-30T23:59:00.000Z", "2026-01-02T00:00:00.000Z"], open.spans[0]]);
  const plain = openGap(openGap(null, DAY2, DAY3), DAY1, DAY3);
  expect([plain.isSilent, plain.isUnsure]).toEqual([undefined, undefined]);
});

test("a span of exactly as many runs as GitHub lists is read page by page, to its tenth", () => {
  let gap = openGap(null, DAY1, DAY2);
  const pages: number[] = [];
  while (gap.spans.length > 0 && pages.length < 20) {
    pages.push(gap.page);
    const next = afterPage(gap, { total: 1000, listed: 100 });
    expect(next.isSplit).toBe(false);
    gap = next.gap;
  }
  expect(pages).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(gap).toMatchObject({ lost: 0, page: 1 });
});

test("a span that grows beyond what GitHub lists while it is read is read on, and what is beyond is lost", () => {
  const half = { ...openGap(null, DAY1, DAY2), page: 4 };
  expect(afterPage(half, { total: 1001, listed: 100 })).toMatchObject({ isSplit: false, gap: { page: 5 } });
  const last = { ...half, page: 10 };
  expect(afterPage(last, { total: 1003, listed: 100 })).toMatchObject({ gap: { spans: [], lost: 3 } });
});

test("the beginning of a gap is within it, and a moment before is not", () => {
  const gap = openGap(null, DAY2, DAY3);
  expect(isWithin(gap, gap.since)).toBe(true);
  expect(isWithin(gap, "2026-01-01T23:58:59.999Z")).toBe(false);
});
