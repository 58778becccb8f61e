import { LRUCache } from "lru-cache";
import { type Clock, epochSeconds, HOUR } from "../domain/clock.ts";
import { backOff, byThisClock, closeUntil, NEW_BUDGET, reserve } from "../domain/delivery/budget.ts";
import type { Budget, BudgetLimits } from "../domain/records/budget.ts";
import type { Key } from "./ports.ts";
import { IF_ABSENT, ifVersion, type Table } from "./ports.ts";
import { SharedWrite } from "./shared-write.ts";

const keyOf = (installationId: string): Key => ({ pk: `budget#${installationId}`, sk: "budget" });

/** A moment to dispatch at, or one to ask again at. In milliseconds since the epoch. */
export type Slot = { slot: number } | { later: number };

interface Stored {
  budget: Budget;
  /** 0 where nothing is stored yet. */
  version: number;
}

/**
 * Budgets of installations, each one item that every worker writes conditionally. Within a process the
 * callers of one installation share a write, so that many at once do not fight over the item.
 */
export class Budgets {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #limits: BudgetLimits;
  /** The last known state of each budget: a guess, which the write's condition checks. */
  // By size, since for a number of them it would make room for all at once.
  readonly #seen = new LRUCache<string, Stored>({ maxSize: 10_000, sizeCalculation: () => 1 });
  readonly #slots = new SharedWrite<Slot>();

  constructor(table: Table, clock: Clock, limits: BudgetLimits) {
    this.#table = table;
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Reserves the next slot of an installation. */
  async reserve(installationId: string): Promise<Slot> {
    return await this.#slots.join(installationId, async (count) => {
      let slots!: Slot[];
      await this.#change(installationId, (budget, now) => {
        const given = this.#give(budget, count, now);
        slots = given.slots;
        return given.budget;
      });
      return slots;
    });
  }

  /** Gives no slot of an installation away before `at`, as GitHub asked. */
  async closeUntil(installationId: string, at: number): Promise<void> {
    await this.#change(installationId, (budget) => closeUntil(budget, at));
  }

  /** Gives no slot of an installation away for a while, as GitHub limited it and stated no wait. */
  async backOff(installationId: string): Promise<void> {
    await this.#change(installationId, backOff);
  }

  /** Returns the moment until which GitHub asked an installation to wait, in milliseconds since the epoch; 0 for none. */
  async closedUntil(installationId: string): Promise<number> {
    const { budget } = await this.#read(installationId);
    return byThisClock(budget, this.#clock.now()).closedUntil;
  }

  #give(budget: Budget, count: number, now: number): { budget: Budget; slots: Slot[] } {
    const slots: Slot[] = [];
    let current = budget;
    for (let i = 0; i < count; i++) {
      const given = reserve(current, this.#limits, now);
      if ("budget" in given) {
        current = given.budget;
        slots.push({ slot: given.slot });
      } else slots.push(given);
    }
    return { budget: current, slots };
  }

  async #change(installationId: string, change: (budget: Budget, now: number) => Budget): Promise<void> {
    let stored = this.#seen.get(installationId) ?? (await this.#read(installationId));
    for (;;) {
      const now = this.#clock.now();
      const before = byThisClock(stored.budget, now);
      const next = change(before, now);
      if (next === before) return;
      const budget = { ...next, changedAt: now };
      const version = stored.version + 1;
      const item = {
        ...keyOf(installationId),
        budget,
        version,
        expiresAt: epochSeconds(now + 2 * HOUR),
      };
      const written = await this.#table.put(
        item,
        stored.version === 0 ? IF_ABSENT : ifVersion(stored.version),
      );
      if (written) {
        this.#seen.set(installationId, { budget, version });
        return;
      }
      stored = await this.#read(installationId);
    }
  }

  async #read(installationId: string): Promise<Stored> {
    // An item past its end holds no slot that still counts, but its version is what a write must name.
    const item = await this.#table.getEvenExpired<Stored>(keyOf(installationId));
    return item ?? { budget: NEW_BUDGET, version: 0 };
  }
}
