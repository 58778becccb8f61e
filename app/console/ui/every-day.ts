/** The length of a day of UTC, in milliseconds. */
const DAY = 86_400_000;

/**
 * Returns one row for each day from the first to the last: a day without figures has those of `empty`.
 *
 * @param rows - by day (`2026-11-28`), oldest first
 */
export function everyDay<Row extends { period: string }>(
  rows: readonly Row[],
  empty: (period: string) => Row,
): Row[] {
  const [first, last] = [rows[0], rows.at(-1)];
  if (!first || !last) return [];
  const byDay = new Map(rows.map((row) => [row.period, row]));
  const filled: Row[] = [];
  for (let at = Date.parse(first.period); at <= Date.parse(last.period); at += DAY) {
    const period = new Date(at).toISOString().slice(0, 10);
    filled.push(byDay.get(period) ?? empty(period));
  }
  return filled;
}
