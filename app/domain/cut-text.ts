/** Cuts a text to a length, in UTF-16 units, never within a character. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text;
  const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(length - 1));
  return text.slice(0, isSplit ? length - 1 : length);
}

const MORE = " …";

/** Cuts a text that has more bytes in UTF-8 than fit, never within a character, and says that it goes on. */
export function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most - Buffer.byteLength(MORE);
  // What continues a character begins with the bits 10.
  while (((bytes[end] ?? 0) & 0b1100_0000) === 0b1000_0000) end--;
  return bytes.subarray(0, end).toString() + MORE;
}
