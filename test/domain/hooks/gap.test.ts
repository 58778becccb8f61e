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
