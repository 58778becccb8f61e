export type ColorMode = "auto" | "light" | "dark";

const KEY = "zekt-color-mode";

/** The colours that were chosen; the system's, unless any were. */
export function savedMode(): ColorMode {
  const saved = localStorage.getItem(KEY);
  return saved === "light" || saved === "dark" ? saved : "auto";
}

export function saveMode(mode: ColorMode): void {
  localStorage.setItem(KEY, mode);
  paint(mode);
}

/** Colours the whole document, the margins around the page too. */
export const paint = (mode: ColorMode): void => {
  document.documentElement.dataset.colorMode = mode;
};

/** Returns whether the page is dark now: by the user's choice, or else by the system. */
export function isDarkNow(): boolean {
  const mode = savedMode();
  return mode === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : mode === "dark";
}
