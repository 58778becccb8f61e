import type { WorkerDeps } from "../../deps.ts";
import type { Proof } from "../../domain/delivery/connection-state.ts";
import { countFailure, countSuccess } from "../../domain/delivery/connection-state.ts";
import type { ConnectionState } from "../../domain/records/connection-state.ts";
import type { Delivery, Failure } from "../../domain/records/delivery.ts";
import { updatePausedNotice } from "../notices/raise-notice.ts";

type Of = Pick<Delivery, "subscriptionId" | "correlationId" | "deliveryId" | "durable" | "isTest">;

/** Changes a connection's state by one conditional write, asked again where somebody else was faster. */
export async function updateConnection(
  deps: WorkerDeps,
  subscriptionId: string,
  next: (state: ConnectionState) => ConnectionState,
): Promise<{ before: ConnectionState; after: ConnectionState }> {
  for (;;) {
    const before = await deps.store.connections.get(subscriptionId);
    const after = next(before);
    if (after === before || (await deps.store.connections.replace(before, after))) return { before, after };
  }
}

/**
 * Counts a failed dispatch, or a confirmation that never came, against its connection; the twentieth in a
 * row pauses it. A test that fails counts for nothing.
 */
export async function recordFailure(deps: WorkerDeps, delivery: Of, failure: Failure): Promise<void> {
  if (delivery.isTest) return;
  const { subscriptionId, correlationId, deliveryId } = delivery;
  const { before, after } = await updateConnection(deps, subscriptionId, (state) =>
    countFailure(state, failure, deps.clock.now()),
  );
  if (before.pausedAt !== null || after.pausedAt === null) return;
  deps.log.warn(
    {
      event: "connection.paused",
      correlationId,
      deliveryId,
      subscriptionId,
      failures: after.failures,
      reason: failure.reason,
    },
    "Connection paused",
  );
  await updatePausedNotice(deps, after);
}

/** Ends a connection's row of failures, where it had one: a paused connection resumes. */
export async function recordSuccess(deps: WorkerDeps, delivery: Of, proof: Proof): Promise<void> {
  const { subscriptionId, correlationId, deliveryId, durable } = delivery;
  const { before, after } = await updateConnection(deps, subscriptionId, (state) =>
    countSuccess(state, proof, durable !== null, deps.clock.now()),
  );
  if (before.pausedAt === null || after.pausedAt !== null) return;
  deps.log.info(
    { event: "connection.resumed", correlationId, deliveryId, subscriptionId },
    "Connection resumed",
  );
  await updatePausedNotice(deps, after);
}
