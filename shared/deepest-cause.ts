/**
 * Returns why a request failed, by the innermost of an error's causes: Node's `fetch` says the reason only there. That
 * is its code, such as ECONNREFUSED, or its message where the code says no more than whose error it is.
 */
export function deepestCause(error: unknown): string {
  let reason = "";
  for (let one = error; one instanceof Error; one = one.cause) {
    const { code } = one as { code?: unknown };
    const isPlain = typeof code === "string" && !code.startsWith("UND_ERR_");
    reason = (isPlain ? code : one.message) || reason;
  }
  return reason;
}
