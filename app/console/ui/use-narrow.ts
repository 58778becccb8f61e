import { useSyncExternalStore } from "react";

/** A window's width as React follows it: the same two functions each time, so that it listens once. */
interface Width {
  listen(onChange: () => void): () => void;
  isNarrow(): boolean;
}

const widths = new Map<number, Width>();

function widthOf(pixels: number): Width {
  const known = widths.get(pixels);
  if (known) return known;
  const query = matchMedia(`(max-width: ${pixels}px)`);
  const width: Width = {
    listen(onChange) {
      query.addEventListener("change", onChange);
      return () => query.removeEventListener("change", onChange);
    },
    isNarrow: () => query.matches,
  };
  widths.set(pixels, width);
  return width;
}

/** Returns whether the window has at most a width in pixels, by default that of the style sheet's narrow screens. */
export function useNarrow(pixels = 700): boolean {
  const { listen, isNarrow } = widthOf(pixels);
  return useSyncExternalStore(listen, isNarrow);
}
