import { type Clock, epochSeconds } from "../domain/clock.ts";
import { DELIVERY_TTL } from "../domain/limits.ts";
import type { AuditEntry, AuditScope } from "../domain/records/audit-entry.ts";
import type { Portion, PortionQuery } from "./pages.ts";
import { plain } from "./plain.ts";
import { IF_ABSENT, type Key, type Page, type QueryOptions, type Table } from "./ports.ts";

/** Entries are kept as long as deliveries, 396 days. */
const KEPT = DELIVERY_TTL;

const pkOf = (scope: AuditScope): string => `audit#${scope}`;
const orderOf = ({ at, entryId }: AuditEntry): string => `${at}#${entryId}`;
const keyOf = (entry: AuditEntry): Key => ({ pk: pkOf(entry.scope), sk: orderOf(entry) });

/** Stores who changed what, a trail for each repository and owner. */
export class Audit {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Adds an entry where there is none with its moment and id: what a trail has said stays. */
  async add(entry: AuditEntry): Promise<void> {
    const expiresAt = epochSeconds(this.#clock.now() + KEPT);
    await this.#table.put({ ...entry, ...keyOf(entry), expiresAt }, IF_ABSENT);
  }

  /** Lists a page of a trail, newest first. */
  async list(scope: AuditScope, options: QueryOptions = {}): Promise<Page<AuditEntry>> {
    const { items, cursor } = await this.#table.page<AuditEntry>(
      { hash: ["pk", pkOf(scope)] },
      { descending: true, ...options },
    );
    return { items: items.map((one) => plain<AuditEntry>(one)), cursor };
  }

  /** Reads on in a trail, newest first, between two moments (ISO 8601, both included). */
  async listAfter(
    scope: AuditScope,
    { after, count, between: [from, to] }: PortionQuery & { between: readonly [string, string] },
  ): Promise<Portion<AuditEntry>> {
    const { items, cursor } = await this.list(scope, {
      limit: count,
      between: [from, `${to}~`],
      ...(after === null ? {} : { startAfter: { pk: pkOf(scope), sk: after } }),
    });
    const last = items.at(-1);
    return {
      items: items.map((one) => [orderOf(one), one]),
      next: cursor === null || last === undefined ? null : orderOf(last),
    };
  }

  /** Removes entries of a trail, and the other side's entries of the same changes. */
  async removeAll(entries: readonly AuditEntry[]): Promise<void> {
    const others = entries.flatMap((one) => (one.other === null ? [] : keyOf({ ...one, scope: one.other })));
    // By its own entries a repetition finds the others: they go last.
    await this.#table.deleteAll(others);
    await this.#table.deleteAll(entries.map(keyOf));
  }
}
