/** A page's cursor was not one this service gave out. */
export class BadCursor extends Error {
  override name = "BadCursor";

  constructor(options?: ErrorOptions) {
    super("The cursor is not one that this list gave out.", options);
  }
}

/** The key at which a page ended, as a text for its reader to hand back. */
export const encodeCursor = (key: Record<string, unknown>): string =>
  Buffer.from(JSON.stringify(key)).toString("base64url");

/** @throws BadCursor where it is no such text */
export function decodeCursor(cursor: string): Record<string, unknown> {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch (cause) {
    throw new BadCursor({ cause });
  }
  if (typeof key !== "object" || key === null || Array.isArray(key)) throw new BadCursor();
  return key as Record<string, unknown>;
}
