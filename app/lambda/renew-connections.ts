import { SECOND } from "../domain/clock.ts";

/** Node's `fetch` keeps an idle connection for so long, unless its server says otherwise. */
const KEPT = 4 * SECOND;

/** The names by which `fetch` finds what opens its connections, in the versions of Node that AWS may run. */
const NAMES = [1, 2].map((version) => Symbol.for(`undici.globalDispatcher.${version}`));

interface Dispatcher {
  constructor: { new (): Dispatcher; name: string };
}

let calledAt = 0;

/**
 * Makes Node's `fetch` open new connections where a function may have been frozen since the call before. The library
 * counts an idle connection's time by the ticks of a timer, of which a freeze has none. Its server or a network may
 * have closed it long since. A dispatch on it breaks, and nobody knows whether it arrived. What is under way on it goes
 * on, and idle connections end by themselves. A Node with other names is left as it is.
 * https://github.com/nodejs/undici/blob/main/lib/util/timers.js
 */
export function renewConnections(now = Date.now()): void {
  const isFresh = now - calledAt < KEPT;
  calledAt = now;
  if (isFresh) return;
  const holder = globalThis as Record<symbol, Dispatcher | undefined>;
  for (const name of NAMES) {
    const before = holder[name];
    if (before?.constructor.name === "Agent") holder[name] = new before.constructor();
  }
}
