import { LRUCache } from "lru-cache";

/**
 * Remembers what was made of the texts that were asked for last, for what takes long to make and never changes. Tries
 * again what could not be made.
 */
export function recentlyMade<T extends object | string>(
  most: number,
  make: (text: string) => T,
): (text: string) => T {
  const made = new LRUCache<string, T>({ max: most });
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    const one = make(text);
    made.set(text, one);
    return one;
  };
}
