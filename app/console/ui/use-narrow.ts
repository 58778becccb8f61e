import { useSyncExternalStore } from "react";

/** As narrow as a phone's, as the styles have it. */
const NARROW = matchMedia("(max-width: 700px)");

function follow(onChange: () => void): () => void {
  NARROW.addEventListener("change", onChange);
  return () => NARROW.removeEventListener("change", onChange);
}

/** Returns whether the window is as narrow as a phone's now. */
export const useNarrow = (): boolean => useSyncExternalStore(follow, () => NARROW.matches);
