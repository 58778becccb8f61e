import { useSyncExternalStore } from "react";

export type ColorMode = "auto" | "light" | "dark";

const KEY = "zekt-color-mode";
const SYSTEM = matchMedia("(prefers-color-scheme: dark)");
const followers = new Set<() => void>();

/** The colours that were chosen; the system's, unless any were. */
export function savedMode(): ColorMode {
  const saved = localStorage.getItem(KEY);
  return saved === "light" || saved === "dark" ? saved : "auto";
}

export function saveMode(mode: ColorMode): void {
  localStorage.setItem(KEY, mode);
  paint(mode);
  for (const onChange of followers) onChange();
}

/** Colours the whole document, the margins around the page too. */
export const paint = (mode: ColorMode): void => {
  document.documentElement.dataset.colorMode = mode;
};

/** Returns whether the page is dark now: by the user's choice, or else by the system. */
export function isDarkNow(): boolean {
  const mode = savedMode();
  return mode === "auto" ? SYSTEM.matches : mode === "dark";
}

/** Calls back whenever the colours change: by a choice here or in another tab, or by the system. */
function follow(onChange: () => void): () => void {
  const onStorage = ({ key }: StorageEvent): void => {
    if (key !== KEY) return;
    paint(savedMode());
    onChange();
  };
  followers.add(onChange);
  SYSTEM.addEventListener("change", onChange);
  window.addEventListener("storage", onStorage);
  return () => {
    followers.delete(onChange);
    SYSTEM.removeEventListener("change", onChange);
    window.removeEventListener("storage", onStorage);
  };
}

/** Returns whether the page is dark, and again whenever that changes. */
export const useDark = (): boolean => useSyncExternalStore(follow, isDarkNow);
