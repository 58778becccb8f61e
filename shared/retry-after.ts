/** No header that says when is longer. A date of HTTP's has 29 characters. */
const LONGEST = 400;
const LONGEST_DATE = 40;
const DIGITS = /^\d+$/;

/**
 * Reads a header that holds a date, in milliseconds since the epoch; null where it holds none.
 * https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 */
export function readDate(text: string | null | undefined): number | null {
  // A date begins with its day. Others are read by `Date.parse`, each engine in its own way.
  if (!text || text.length > LONGEST_DATE || !/^[a-z]/i.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

/**
 * Reads a `retry-after`, seconds or a date, in milliseconds from now; null where it says nothing that is to come.
 * The date is compared with the answer's own, `date`, so that a clock of ours that is off does not matter.
 * https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export function readRetryAfter(
  text: string | null | undefined,
  date: string | null | undefined,
  now: number,
): number | null {
  if (!text || text.length > LONGEST) return null;
  const given = text.trim();
  if (DIGITS.test(given)) return Number(given) > 0 ? Number(given) * 1000 : null;
  const at = readDate(given);
  const left = at === null ? 0 : at - (readDate(date) ?? now);
  return left > 0 ? left : null;
}
