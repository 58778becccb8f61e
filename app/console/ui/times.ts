const two = (value: number): string => String(value).padStart(2, "0");

/** Returns a moment by the reader's clock, to the second: `2026-01-31 09:30:00`. */
export function absolute(at: string): string {
  const date = new Date(at);
  const day = `${String(date.getFullYear()).padStart(4, "0")}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** Returns a moment to the millisecond: `2026-01-31 09:30:00.125`. */
export const exact = (at: string): string =>
  `${absolute(at)}.${String(new Date(at).getMilliseconds()).padStart(3, "0")}`;

/** Returns a length of time to the millisecond, in the largest units that fit: `2 min 3.045 s`. */
export function exactDuration(ms: number): string {
  if (ms < 1_000) return `${ms} ms`;
  const seconds = (ms % 60_000) / 1_000;
  const minutes = Math.floor(ms / 60_000) % 60;
  const hours = Math.floor(ms / 3_600_000);
  return [hours > 0 && `${hours} h`, minutes > 0 && `${minutes} min`, seconds > 0 && `${seconds} s`]
    .filter(Boolean)
    .join(" ");
}

/** Returns a size in bytes, in the unit that reads best. */
export function bytes(size: number): string {
  if (size < 1024) return `${size} B`;
  if (size < 1024 * 1024) return `${(size / 1024).toFixed(1)} KiB`;
  return `${(size / 1024 / 1024).toFixed(1)} MiB`;
}

/** Returns a rate between 0 and 1 as per cent. */
export const percent = (rate: number | null): string =>
  rate === null ? "—" : `${(rate * 100).toFixed(1)} %`;

const UNITS = [
  ["ms", 1000],
  ["s", 60],
  ["min", 60],
  ["h", Number.POSITIVE_INFINITY],
] as const;

/** Returns milliseconds in the unit that reads best. */
export function duration(ms: number | null): string {
  if (ms === null) return "—";
  let value = ms;
  for (const [unit, size] of UNITS) {
    if (value < size) return `${value < 10 && unit !== "ms" ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= size;
  }
  return "—";
}
