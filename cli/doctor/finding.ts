/** One thing that was looked at. */
export interface Finding {
  check: string;
  state: "ok" | "warning" | "fault";
  /** The state, in a few words. */
  found: string;
  /** The thing to do about it; null where nothing is to be done. */
  remedy: string | null;
}

/** Makes the finding of something that is as it should be. */
export const ok = (check: string, found: string): Finding => ({ check, state: "ok", found, remedy: null });

/** Makes the finding of something that may be wrong. */
export const warning = (check: string, found: string, remedy: string): Finding => ({
  check,
  state: "warning",
  found,
  remedy,
});

/** Makes the finding of something that is wrong. */
export const fault = (check: string, found: string, remedy: string): Finding => ({
  check,
  state: "fault",
  found,
  remedy,
});
