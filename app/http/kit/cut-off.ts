/** The answer to a request whose sender ended the connection first, for whatever still listens. */
export const CUT_OFF = "The connection ended before the whole body came.";

/** Returns whether a body did not come to its end, as Node tells it. */
export const isCutOff = (error: Error & { code?: unknown }): boolean =>
  error.code === "ECONNRESET" && error.message === "aborted";
