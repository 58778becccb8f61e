import { type Clock, epochSeconds, iso } from "../domain/clock.ts";
import { beyondWaits, setBackWaits } from "../domain/delivery/attempt.ts";
import { isParked } from "../domain/delivery/connection-state.ts";
import { DELIVERY_TTL } from "../domain/limits.ts";
import type { Delivery } from "../domain/records/delivery.ts";
import type { Changes } from "./changes.ts";
import { type DueKeys, dueKeys, pastDue, readDue, roundsPastDue, setBackDue } from "./due.ts";
import { firstItems, type Portion, type PortionQuery } from "./pages.ts";
import {
  equals,
  IF_ABSENT,
  type Item,
  ifVersion,
  type Key,
  type Page,
  type QueryOptions,
  type Table,
} from "./ports.ts";

const keyOf = (deliveryId: string): Key => ({ pk: deliveryId, sk: "delivery" });

/** Where a delivery stands in the lists of its sides. */
const listKey = ({ createdAt, deliveryId }: Pick<Delivery, "createdAt" | "deliveryId">): string =>
  `${createdAt}/${deliveryId}`;

/** A delivery that waits for its connection to resume stands in the `due` index under its connection. */
const parkedKeys = ({ subscriptionId, createdAt }: Pick<Delivery, "subscriptionId" | "createdAt">) => ({
  dueShard: `parked#${subscriptionId}`,
  dueAt: createdAt,
  dueSetAt: undefined,
});

/** A delivery as it was stored: of what is parked only the index has a time. */
const asDelivery = (item: Item<Delivery>): Delivery => ({
  ...item,
  dueAt: isParked(item) ? null : (item.dueAt ?? null),
});

/** From whose side deliveries are listed. */
export type DeliverySide = "provider" | "consumer" | "subscription";

const INDEX = {
  provider: { index: "byProvider", attribute: "providerRepositoryId" },
  consumer: { index: "byConsumer", attribute: "consumerRepositoryId" },
  subscription: { index: "bySubscription", attribute: "subscriptionId" },
} as const satisfies Record<DeliverySide, { index: string; attribute: string }>;

/**
 * Deliveries, each one item with all its attempts. Every change of one is a single conditional write, which holds
 * only if the version is the one that was read.
 */
export class Deliveries {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #changes: Changes;

  constructor(table: Table, clock: Clock, changes: Changes) {
    this.#table = table;
    this.#clock = clock;
    this.#changes = changes;
  }

  #publish(isWritten: boolean, { providerRepositoryId, consumerRepositoryId }: Delivery): boolean {
    if (isWritten) this.#changes.publish(providerRepositoryId, consumerRepositoryId);
    return isWritten;
  }

  #item(delivery: Delivery): Item<Delivery> {
    return {
      ...delivery,
      ...keyOf(delivery.deliveryId),
      ...(isParked(delivery)
        ? parkedKeys(delivery)
        : dueKeys(delivery.deliveryId, delivery.dueAt, this.#clock.now())),
      expiresAt: epochSeconds(Date.parse(delivery.createdAt) + DELIVERY_TTL),
    } as Item<Delivery>;
  }

  /** Stores a new delivery; false, and nothing changed, where it was there already. */
  async add(delivery: Delivery): Promise<boolean> {
    return this.#publish(await this.#table.put(this.#item(delivery), IF_ABSENT), delivery);
  }

  /** Replaces a delivery by its next state; false where somebody else moved it since it was read. */
  async replace(before: Pick<Delivery, "version">, after: Delivery): Promise<boolean> {
    const written = await this.#table.put(
      this.#item({ ...after, version: before.version + 1 }),
      ifVersion(before.version),
    );
    return this.#publish(written, after);
  }

  /** Ends the recording of an ended delivery's figures and notice; whatever else changes of it stays. */
  async endRecording({ deliveryId, status }: Pick<Delivery, "deliveryId" | "status">): Promise<void> {
    await this.#table.update(keyOf(deliveryId), dueKeys(deliveryId, null), [equals("status", status)]);
  }

  async get(deliveryId: string): Promise<Delivery | null> {
    const item = await this.#table.get<Delivery>(keyOf(deliveryId));
    return item && asDelivery(item);
  }

  async removeAll(deliveryIds: readonly string[]): Promise<void> {
    await this.#table.deleteAll(deliveryIds.map(keyOf));
  }

  async getMany(deliveryIds: readonly string[]): Promise<Delivery[]> {
    const items = await this.#table.getMany<Delivery>(deliveryIds.map(keyOf));
    return items.map(asDelivery);
  }

  /** The deliveries of one provider run to one consumer repository, as the index knows them by now. */
  async correlated(correlationId: string, consumerRepositoryId: string): Promise<Delivery[]> {
    const found = await this.#table.all<object>(
      { index: "byCorrelation", hash: ["correlationId", correlationId], range: "consumerRepositoryId" },
      { between: [consumerRepositoryId, consumerRepositoryId] },
    );
    return await this.getMany(found.map(({ pk }) => pk));
  }

  /** Lists deliveries of one side, newest first unless told otherwise, as the index knows them by now. */
  async list(side: DeliverySide, id: string, options: QueryOptions = {}): Promise<Page<Delivery>> {
    const { items, cursor } = await this.listIds(side, id, options);
    return { items: await this.getMany(items), cursor };
  }

  /** Lists the ids of what {@link Deliveries.list} lists, and of what it leaves out since it cannot be read. */
  async listIds(side: DeliverySide, id: string, options: QueryOptions = {}): Promise<Page<string>> {
    const { index, attribute } = INDEX[side];
    const { items, cursor } = await this.#table.page<object>(
      { index, hash: [attribute, id], range: "createdAt" },
      { descending: true, ...options },
    );
    return { items: items.map(({ pk }) => pk), cursor };
  }

  /** Reads the newest deliveries of a subscription, at most `limit`, as the index knows them by now. */
  async newest(subscriptionId: string, limit: number): Promise<Delivery[]> {
    const { items } = await this.#table.page<object>(
      { index: "bySubscription", hash: ["subscriptionId", subscriptionId], range: "createdAt" },
      { descending: true, limit },
    );
    return await this.getMany(items.map(({ pk }) => pk));
  }

  /**
   * Reads on in a side's list, newest first unless told otherwise, between two moments (ISO 8601, both included). A key is
   * the moment and the delivery.
   */
  async listAfter(
    side: DeliverySide,
    id: string,
    {
      after,
      count,
      between,
      ascending = false,
    }: PortionQuery & { between: readonly [string, string]; ascending?: boolean },
  ): Promise<Portion<Delivery>> {
    const { index, attribute } = INDEX[side];
    const [createdAt, deliveryId] = after?.split("/") ?? [];
    const startAfter =
      createdAt && deliveryId ? { ...keyOf(deliveryId), [attribute]: id, createdAt } : undefined;
    const page = await this.#table.page<{ createdAt: string }>(
      { index, hash: [attribute, id], range: "createdAt" },
      { descending: !ascending, limit: count, between, startAfter },
    );
    const last = page.cursor === null ? undefined : page.items.at(-1);
    const deliveries = await this.getMany(page.items.map(({ pk }) => pk));
    return {
      items: deliveries.map((one) => [listKey(one), one]),
      next: last ? listKey({ createdAt: last.createdAt, deliveryId: last.pk }) : null,
    };
  }

  /** Deliveries that are past due, in rounds to the end, each read again from the table. */
  async *pastDue(): AsyncGenerator<Delivery[]> {
    const at = this.#clock.now();
    const now = iso(at);
    for await (const keys of roundsPastDue(this.#table, now)) {
      const items = await readDue<Delivery>(this.#table, keys, at);
      yield items.map(asDelivery).filter(({ dueAt }) => dueAt !== null && dueAt <= now);
    }
  }

  /** Lists deliveries that are due until a moment (ISO 8601), those of each shard in that order. */
  async dueUntil(until: string, limitPerShard: number): Promise<Delivery[]> {
    return (await pastDue<Delivery>(this.#table, until, limitPerShard)).map(asDelivery);
  }

  /** Sets back the moments that a clock which was ahead gave to deliveries; returns how many it gave any. */
  async setBack(): Promise<number> {
    const now = this.#clock.now();
    return await setBackDue<Delivery & DueKeys>(
      this.#table,
      now,
      (item, ahead) => this.replace(item, setBackWaits(asDelivery(item), ahead, now)),
      { beyond: (item) => beyondWaits(item, now) },
    );
  }

  /**
   * Lists deliveries that wait for a paused connection to resume, oldest first; the index may lag. One that waits no
   * more, or cannot be read, hides none behind it.
   */
  async parked(subscriptionId: string, limit: number): Promise<Delivery[]> {
    const of = { index: "due", hash: ["dueShard", `parked#${subscriptionId}`], range: "dueAt" } as const;
    return await firstItems(limit, async (cursor) => {
      const page = await this.#table.page<object>(of, { limit, cursor });
      return {
        items: (await this.getMany(page.items.map(({ pk }) => pk))).filter(isParked),
        cursor: page.cursor,
      };
    });
  }
}
