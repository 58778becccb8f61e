export type ColorMode = "auto" | "light" | "dark";

const KEY = "zekt-color-mode";

/** The colours that were chosen; the system's, unless any were. */
export function savedMode(): ColorMode {
  const saved = localStorage.getItem(KEY);
  return saved === "light" || saved === "dark" ? saved : "auto";
}

export const saveMode = (mode: ColorMode): void => localStorage.setItem(KEY, mode);
