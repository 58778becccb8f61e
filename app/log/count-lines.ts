import type { Log, LogEvent, LogFacts } from "./events.ts";

/** Returns a log that also reports the key of each of its lines, whatever its level. */
export function countLines(log: Log, onLine: (event: LogEvent) => void): Log {
  const counting =
    (level: keyof Log): Log[keyof Log] =>
    (facts: LogFacts, sentence: string) => {
      onLine(facts.event);
      log[level](facts, sentence);
    };
  return {
    debug: counting("debug"),
    info: counting("info"),
    warn: counting("warn"),
    error: counting("error"),
  };
}
