import { type Clock, DAY, epochSeconds, HOUR, iso } from "../domain/clock.ts";
import { type Counts, hourEnd, hourOf, hoursBetween, type MeterFact, sum } from "../domain/meter.ts";
import { dueKeys, pastDue } from "./due.ts";
import type { Key, Table } from "./table.ts";
import { shardOf } from "./tables.ts";

/** Facts of one scope and hour are spread over so many partitions. */
const SHARDS = 4;
/** An hour is folded when it has been over for so long. */
const CLOSES_AFTER = 1 * HOUR;
/** Facts outlive their fold, so that one which comes late can have its hour folded anew. */
const FACT_TTL = 40 * DAY;
const FOLD_TTL = 400 * DAY;

const factPk = (scope: string, hour: string, shard: string): string => `facts#${scope}#${hour}#${shard}`;
const foldKey = (scope: string, hour: string): Key => ({ pk: `folds#${scope}`, sk: hour });
const openKey = (scope: string, hour: string): Key => ({ pk: `open#${scope}#${hour}`, sk: "open" });

/**
 * Figures without transactions. Each fact is an item of its own, so that writing it again counts once;
 * an hour that is over is folded into one total, and a figure is the folded hours and the open ones.
 * A fact that comes late for a folded hour opens the hour again.
 */
export class Meters {
  readonly #table: Table;
  readonly #clock: Clock;
  /** Hours this process has already put up for folding. */
  readonly #announced = new Set<string>();

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Writes facts; the same fact again changes nothing. */
  async record(facts: readonly MeterFact[]): Promise<void> {
    if (facts.length === 0) return;
    const now = this.#clock.now();
    const items = new Map<string, Parameters<Table["putAll"]>[0][number]>();
    const late: Key[] = [];
    for (const { scope, factId, at, counts } of facts) {
      const hour = hourOf(at);
      const pk = factPk(scope, hour, shardOf(factId, SHARDS));
      items.set(`${pk}\n${factId}`, {
        pk,
        sk: factId,
        counts,
        expiresAt: epochSeconds(now + FACT_TTL),
      } as never);
      const open = openKey(scope, hour);
      const closed = hourEnd(hour) + CLOSES_AFTER <= now;
      if (closed) late.push(foldKey(scope, hour));
      if (closed || !this.#announced.has(open.pk)) {
        const dueAt = iso(hourEnd(hour) + CLOSES_AFTER);
        items.set(open.pk, {
          ...open,
          ...dueKeys(open.pk, dueAt),
          scope,
          hour,
          expiresAt: epochSeconds(now + FACT_TTL),
        } as never);
        this.#announced.add(open.pk);
      }
    }
    if (this.#announced.size > 10_000) this.#announced.clear();
    await this.#table.putAll([...items.values()]);
    for (const fold of late) await this.#table.delete(fold);
  }

  async #sumFacts(scope: string, hour: string): Promise<Counts> {
    const shards = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) =>
        this.#table.all<{ counts: Counts }>({ hash: ["pk", factPk(scope, hour, String(shard))] }),
      ),
    );
    return sum(shards.flat().map(({ counts }) => counts));
  }

  /** Folds hours that are over into their totals; returns how many. */
  async foldClosed(limitPerShard: number): Promise<number> {
    const keys = await pastDue(this.#table, iso(this.#clock.now()), limitPerShard);
    for (const open of await this.#table.getMany<{ scope: string; hour: string }>(keys)) {
      // The announcement goes first: a fact that comes while its hour is folded announces it again.
      await this.#table.delete(open);
      await this.#fold(open.scope, open.hour);
    }
    return keys.length;
  }

  async #fold(scope: string, hour: string): Promise<Counts> {
    const counts = await this.#sumFacts(scope, hour);
    await this.#table.put({
      ...foldKey(scope, hour),
      counts,
      expiresAt: epochSeconds(this.#clock.now() + FOLD_TTL),
    });
    return counts;
  }

  /** Counts by hour for a scope, from `from` to `to` (milliseconds since the epoch), hours without any left out. */
  async byHour(scope: string, from: number, to: number): Promise<Map<string, Counts>> {
    const hours = hoursBetween(from, Math.min(to, this.#clock.now()));
    const first = hours[0];
    const last = hours.at(-1);
    const figures = new Map<string, Counts>();
    if (first === undefined || last === undefined) return figures;
    const folds = await this.#table.all<{ counts: Counts }>(
      { hash: ["pk", `folds#${scope}`] },
      { between: [first, last] },
    );
    for (const { sk, counts } of folds) figures.set(sk, counts);
    // What is not folded yet is the hours since the last that closed, and any that a late fact opened again.
    const open = hours.filter(
      (hour) => !figures.has(hour) && hourEnd(hour) + CLOSES_AFTER + 2 * HOUR > this.#clock.now(),
    );
    for (const hour of open) {
      const counts = await this.#sumFacts(scope, hour);
      if (Object.keys(counts).length > 0) figures.set(hour, counts);
    }
    return figures;
  }

  /** The total of a scope over a range. */
  async total(scope: string, from: number, to: number): Promise<Counts> {
    return sum((await this.byHour(scope, from, to)).values());
  }

  /** Removes a scope's figures; single facts of the last 40 days end with their TTL. */
  async remove(scope: string): Promise<void> {
    await this.#table.deleteAll(await this.#table.all<object>({ hash: ["pk", `folds#${scope}`] }));
  }
}
