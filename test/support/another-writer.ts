/* Lets another writer in between what a step has read and what it writes. */

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Makes another act once, just before the next call of a method goes on. `part` is a part of the store, or whom a step
 * asks. What the other calls meanwhile goes through. Returns whether it has acted.
 */
export function beforeNext<Part extends object>(
  part: Part,
  method: keyof Part & string,
  act: () => Promise<unknown>,
): () => boolean {
  const methods = part as unknown as Record<string, Method>;
  const real = methods[method] as Method;
  let hasActed = false;
  methods[method] = async (...args) => {
    methods[method] = real;
    hasActed = true;
    await act();
    return await real.apply(part, args);
  };
  return () => hasActed;
}
