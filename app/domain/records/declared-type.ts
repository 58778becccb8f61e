/** An event type as its provider declares it: what its messages hold. */
export interface DeclaredType {
  name: string;
  version: string;
  description: string;
  /** A message as it may come; absent where there is none. */
  example?: unknown;
  /** The JSON Schema (2020-12) of its messages; null where they may be anything. */
  schema: Readonly<Record<string, unknown>> | null;
  /** The choice for a message that does not fit: refuse it, or store it and warn. */
  mode: "enforce" | "warn";
}
