import { useSyncExternalStore } from "react";

const queries = new Map<number, MediaQueryList>();

/** Returns the browser's query for windows up to a width in pixels, the same object each time. */
function queryOf(width: number): MediaQueryList {
  const query = queries.get(width) ?? matchMedia(`(max-width: ${width}px)`);
  queries.set(width, query);
  return query;
}

/** Returns whether the window has at most a width in pixels, by default that of the style sheet's narrow screens. */
export function useNarrow(width = 700): boolean {
  const query = queryOf(width);
  return useSyncExternalStore(
    (onChange) => {
      query.addEventListener("change", onChange);
      return () => query.removeEventListener("change", onChange);
    },
    () => query.matches,
  );
}
