import { DAY, epochSeconds } from "../domain/clock.ts";
import type { Delivery } from "../domain/records/delivery.ts";
import type { Table } from "./ports.ts";

/** Diagnostics look back over 30 days; a day more, so that nothing goes missing at the edge. */
const FAILURE_TTL = 31 * DAY;

interface NotedFailure {
  deliveryId: string;
}

const pkOf = (subscriptionId: string): string => `failures#${subscriptionId}`;

/**
 * Which deliveries of each connection failed lately, newest first. Each is an item of its own, keyed by moment and
 * delivery, so that a repeated record changes nothing. The last ten are one short read, however many succeeded around
 * them.
 */
export class Failures {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  /** Records that a delivery ended as failed, until 31 days after it did, however late it is recorded again. */
  async record({ subscriptionId, deliveryId, completedAt, createdAt }: Delivery): Promise<void> {
    const endedAt = completedAt ?? createdAt;
    await this.#table.put({
      pk: pkOf(subscriptionId),
      sk: `${endedAt}#${deliveryId}`,
      deliveryId,
      expiresAt: epochSeconds(Date.parse(endedAt) + FAILURE_TTL),
    });
  }

  /** Ids of the deliveries of a connection that failed last, newest first. */
  async last(subscriptionId: string, limit: number): Promise<string[]> {
    const { items } = await this.#table.page<NotedFailure>(
      { hash: ["pk", pkOf(subscriptionId)] },
      { descending: true, limit },
    );
    return items.map(({ deliveryId }) => deliveryId);
  }

  /** Forgets a connection's failures. */
  async remove(subscriptionId: string): Promise<void> {
    await this.#table.deleteAll(await this.#table.all<object>({ hash: ["pk", pkOf(subscriptionId)] }));
  }
}
