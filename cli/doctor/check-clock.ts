import { readDate } from "../../shared/retry-after.ts";
import { type Finding, fault, ok, warning } from "./finding.ts";

/** Seconds that a clock may be off: a date header has whole seconds, and takes its way. */
const UNNOTICED = 5;
/** Seconds from which GitHub refuses tokens that the clock signs. */
const REFUSED = 30;

/** Compares this machine's clock with the `date` of an answer; null where the answer has none. */
export function checkClock(date: string | null, now: number, whose: string): Finding | null {
  const theirs = readDate(date);
  if (theirs === null) return null;
  const seconds = Math.round((now - theirs) / 1000);
  const off = Math.abs(seconds);
  if (off <= UNNOTICED) return ok("clock", `agrees with ${whose}`);
  const found = `${off} s ${seconds > 0 ? "ahead of" : "behind"} ${whose}`;
  return (off < REFUSED ? warning : fault)("clock", found, "Set this machine's clock by NTP.");
}
