/*
 * Checks the texts that a filter converts. The package hands a text to JavaScript, for which one without digits is 0,
 * any word NaN, and 30 February a day of March: a filter would judge by what it has to fail at. The forms are those of
 * CEL's implementation in Go (https://github.com/google/cel-go/blob/master/common/types/string.go), numbers in decimal.
 */

/** Returns whether a text is a value, by the name of the conversion. */
const FORMS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  // More digits are out of range, and take long to read.
  ["int", (text) => /^[+-]?0*\d{1,20}$/.test(text)],
  ["uint", (text) => /^0*\d{1,20}$/.test(text)],
  ["double", isDouble],
  ["duration", (text) => !/^[+-]?$/.test(text)],
  ["timestamp", isOnCalendar],
]);

/**
 * Checks what a function of a filter is called with.
 *
 * @throws Error where it is a conversion, and its text no value of that type
 */
export function checkConversion(name: string, values: readonly unknown[]): void {
  const [text] = values;
  if (typeof text !== "string" || values.length > 1 || (FORMS.get(name)?.(text) ?? true)) return;
  throw new Error(`${JSON.stringify(text)} is not a value of type ${name}`);
}

function isDouble(text: string): boolean {
  if (/^(?:NaN|-?Infinity)$/.test(text)) return true;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) && Number.isFinite(Number(text));
}

/** Returns false for a text that begins with a day that its month lacks, or is of its hour 24; all else is the parser's. */
function isOnCalendar(text: string): boolean {
  const [, year, month, day, hour] = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d))?/.exec(text) ?? [];
  if (day === undefined) return true;
  if (hour === "24") return false;
  return new Date(Date.UTC(Number(year), Number(month) - 1, Number(day))).getUTCDate() === Number(day);
}
