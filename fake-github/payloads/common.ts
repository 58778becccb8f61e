export type Json = Record<string, unknown>;

/** GitHub's timestamps, to the second. */
export const iso = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");

/** The same where there may be none. */
export const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

/** An id as GraphQL has it. */
export const nodeId = (kind: string, id: number): string =>
  Buffer.from(`0${kind.length}:${kind}${id}`).toString("base64");

/** Text that goes into JSON as it is, such as a number too long for JavaScript. */
export const rawJson = (text: string): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
