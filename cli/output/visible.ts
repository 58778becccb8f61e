/**
 * Returns a text on one line that cannot steer a terminal: control characters, line breaks and marks of direction
 * become escapes. Event types and aliases are what strangers choose.
 */
export const visible = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
