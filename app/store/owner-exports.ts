import { type Clock, DAY, epochSeconds } from "../domain/clock.ts";
import type { OwnerExport } from "../domain/records/owner-export.ts";
import { plain } from "./plain.ts";
import { type Condition, equals, ifVersion, type Key, type Table } from "./ports.ts";

/** An export can be looked up for so long after it last moved. */
const KEPT = 30 * DAY;

const keyOf = (ownerId: string): Key => ({ pk: `export#${ownerId}`, sk: "export" });

/** Holds where the stored export is the one that was read, and not the next. */
const ifSame = ({ exportId, version }: OwnerExport): Condition => [
  equals("exportId", exportId),
  ...ifVersion(version),
];

/** Exports: one item an owner, which the next export replaces. */
export class OwnerExports {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Reads an owner's latest export. */
  async get(ownerId: string): Promise<OwnerExport | null> {
    const item = await this.#table.get<OwnerExport>(keyOf(ownerId));
    return item && plain(item);
  }

  /** Stores an owner's next export in the place of the one before. */
  async start(next: OwnerExport): Promise<void> {
    await this.#table.put(this.#item(next));
  }

  /** Replaces an export by its next state; null where somebody else moved it since it was read. */
  async replace(before: OwnerExport, after: OwnerExport): Promise<OwnerExport | null> {
    const next = { ...after, version: before.version + 1 };
    return (await this.#table.put(this.#item(next), ifSame(before))) ? next : null;
  }

  /** Removes an owner's export, whatever its state. */
  async remove(ownerId: string): Promise<void> {
    await this.#table.delete(keyOf(ownerId));
  }

  #item(one: OwnerExport) {
    return { ...one, ...keyOf(one.ownerId), expiresAt: epochSeconds(this.#clock.now() + KEPT) };
  }
}
