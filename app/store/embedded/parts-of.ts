import { createRequire } from "node:module";

/**
 * Gives a package's own modules, whichever place it was installed to: for one that offers no setting for
 * what it is needed for. Its version is pinned.
 */
export function partsOf(name: string): <T>(path: string) => T {
  const require = createRequire(createRequire(import.meta.url).resolve(name));
  // Looked up with each request, which is nothing that `require` is quick at.
  const known = new Map<string, unknown>();
  return <T>(path: string): T => {
    if (!known.has(path)) known.set(path, require(path));
    return known.get(path) as T;
  };
}
