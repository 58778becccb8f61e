import { type Clock, MINUTE } from "../domain/clock.ts";

/** Milliseconds between two lines of a kind, at least. */
const EVERY = 1 * MINUTE;

/**
 * Makes a function that keeps lines apart which anybody can cause: of each kind one comes a minute. It returns how many
 * came since the last line and had none, or null where this one has none. Its kinds are to be few.
 */
export function onceAMinute(clock: Clock): (kind: string) => number | null {
  const kinds = new Map<string, { at: number; unsaid: number }>();
  return (kind) => {
    const now = clock.now();
    const last = kinds.get(kind);
    // A clock that is set back holds no line up.
    if (last && now >= last.at && now - last.at < EVERY) {
      last.unsaid += 1;
      return null;
    }
    kinds.set(kind, { at: now, unsaid: 0 });
    return last?.unsaid ?? 0;
  };
}
