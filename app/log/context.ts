import { AsyncLocalStorage } from "node:async_hooks";

/** The ids that every log line of the current work carries. */
const current = new AsyncLocalStorage<Record<string, unknown>>();

/** Does a piece of work whose every log line carries these ids, and those noted on the way. */
export const withLogContext = <T>(facts: Readonly<Record<string, unknown>>, work: () => T): T =>
  current.run({ ...current.getStore(), ...facts }, work);

/** Adds ids that became known to the log lines from here on. */
export function addLogContext(facts: Readonly<Record<string, unknown>>): void {
  const at = current.getStore();
  if (at) Object.assign(at, facts);
}

/** The ids of what is worked on at the moment. */
export const logContext = (): Readonly<Record<string, unknown>> => current.getStore() ?? {};
