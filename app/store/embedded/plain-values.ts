type Value = Record<string, unknown>;

/** Whole numbers that every double has exactly. */
const WHOLE = /^(?:0|-?[1-9]\d{0,14})$/;

/**
 * Whether an attribute's value is of one of the kinds that nearly all are, and in order: text, true or false,
 * null, a whole number, or a list or map of such. Of others nothing is said.
 */
export function isPlain(value: Value): boolean {
  let types = 0;
  for (const type in value) {
    types += 1;
    if (!isPlainOf(type, value[type])) return false;
  }
  return types === 1;
}

function isPlainOf(type: string, value: unknown): boolean {
  switch (type) {
    case "S":
      return typeof value === "string";
    case "BOOL":
      return typeof value === "boolean";
    case "NULL":
      return value === true;
    case "N":
      return typeof value === "string" && WHOLE.test(value);
    case "L":
      return (value as Value[]).every(isPlain);
    case "M":
      for (const name in value as Value) if (!isPlain((value as Value)[name] as Value)) return false;
      return true;
    default:
      return false;
  }
}
