import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import type { Delivery } from "../../domain/records/delivery.ts";

/** The current work, and whether durable delivery causes it. */
const current = new AsyncLocalStorage<{ durable: boolean }>();

/** Does something that may turn out to be for durable delivery. */
export const withWork = <T>(work: () => T): T => current.run({ durable: false }, work);

/** Records which delivery the work at hand is for. */
export function markDurableWork({ durable }: Pick<Delivery, "durable">): void {
  const at = current.getStore();
  if (at && durable !== null) at.durable = true;
}

/** Returns whether the current work is for durable delivery, so that its cost is metered apart. */
export const isDurableWork = (): boolean => current.getStore()?.durable ?? false;

/**
 * Does what only durable delivery needs, and counts the time it takes for the owner whose delivery it is.
 * What GitHub is asked meanwhile is counted as durable too.
 */
export async function withDurableWork<T>(
  deps: WorkerDeps,
  ownerId: string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  try {
    return await current.run({ durable: true }, work);
  } finally {
    const ms = Math.round(performance.now() - startedAt);
    const at = iso(deps.clock.now());
    await deps.store.meters
      .record([
        {
          scope: `owner#${ownerId}`,
          factId: randomUUID(),
          at,
          counts: { runMs: ms, durableRunMs: ms },
        },
      ])
      // What cannot be counted was done all the same.
      .catch((error: unknown) =>
        deps.log.warn(
          { event: "durable-work.uncounted", err: error, ownerId },
          "Durable work was not counted",
        ),
      );
  }
}
