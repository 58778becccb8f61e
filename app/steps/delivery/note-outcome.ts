import type { Zekt } from "../../deps.ts";
import type { ConnectionState, Proof } from "../../domain/delivery/connection-state.ts";
import { countFailure, countSuccess } from "../../domain/delivery/connection-state.ts";
import type { Delivery, Failure } from "../../domain/delivery/delivery.ts";
import { tellPaused } from "../notices/tell.ts";

type Of = Pick<Delivery, "subscriptionId" | "correlationId" | "deliveryId" | "durable">;

/** Changes a connection's state by one conditional write, asked again where somebody else was faster. */
export async function changeConnection(
  zekt: Zekt,
  subscriptionId: string,
  next: (state: ConnectionState) => ConnectionState,
): Promise<{ before: ConnectionState; after: ConnectionState }> {
  for (;;) {
    const before = await zekt.store.connections.get(subscriptionId);
    const after = next(before);
    if (after === before || (await zekt.store.connections.replace(before, after))) return { before, after };
  }
}

/** Counts a failed dispatch, or a confirmation that never came, against its connection; the twentieth in a row pauses it. */
export async function noteFailure(zekt: Zekt, delivery: Of, failure: Failure): Promise<void> {
  const { subscriptionId, correlationId, deliveryId } = delivery;
  const { before, after } = await changeConnection(zekt, subscriptionId, (state) =>
    countFailure(state, failure, zekt.clock.now()),
  );
  if (before.pausedAt !== null || after.pausedAt === null) return;
  zekt.log.warn(
    { correlationId, deliveryId, subscriptionId, failures: after.failures, reason: failure.reason },
    "connection paused",
  );
  await tellPaused(zekt, after);
}

/** Ends a connection's row of failures, where it had one: a paused connection resumes. */
export async function noteSuccess(zekt: Zekt, delivery: Of, proof: Proof): Promise<void> {
  const { subscriptionId, correlationId, deliveryId, durable } = delivery;
  const { before, after } = await changeConnection(zekt, subscriptionId, (state) =>
    countSuccess(state, proof, durable !== null, zekt.clock.now()),
  );
  if (before.pausedAt === null || after.pausedAt !== null) return;
  zekt.log.info({ correlationId, deliveryId, subscriptionId }, "connection resumed");
  await tellPaused(zekt, after);
}
