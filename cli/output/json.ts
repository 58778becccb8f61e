/** Returns a value as JSON for a program: indented, with a line break at its end. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
