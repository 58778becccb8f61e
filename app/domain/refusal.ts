export type RefusalCode =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "gone"
  | "too-large"
  | "limited"
  | "unavailable";

/** Where in the input something is wrong, as a JSON pointer (RFC 6901), and what. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** A request that is not carried out. The message tells its sender why and, where they can, how to mend it. */
export class Refusal extends Error {
  override name = "Refusal";
  readonly code: RefusalCode;
  readonly errors: readonly FieldError[];
  /** Seconds after which it is worth trying again, where that is known. */
  readonly retryAfter: number | null;

  constructor(
    code: RefusalCode,
    message: string,
    options: ErrorOptions & { errors?: readonly FieldError[]; retryAfter?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.errors = options.errors ?? [];
    this.retryAfter = options.retryAfter ?? null;
  }
}

/** Returns whether a refusal only says that GitHub cannot be asked now: the same may succeed later, with nothing changed. */
export const isPassing = (error: unknown): boolean =>
  error instanceof Refusal && (error.code === "unavailable" || error.code === "limited");
