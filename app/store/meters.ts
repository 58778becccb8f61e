import { type Clock, DAY, epochSeconds, HOUR, iso, MINUTE } from "../domain/clock.ts";
import { type Counts, hourEnd, hourOf, hoursBetween, type MeterFact, sum } from "../domain/meter.ts";
import { dueKeys, pastDue } from "./due.ts";
import type { Key, Table } from "./table.ts";
import { shardOf } from "./tables.ts";

/** Facts of one scope and hour are spread over so many partitions. */
const SHARDS = 4;
/** A fact for an hour that has been over for so long comes late, and has the hour folded anew. */
const CLOSES_AFTER = 1 * HOUR;
/** An hour is folded once it closed; a little later, since workers' clocks differ. */
const FOLDS_AFTER = CLOSES_AFTER + 1 * MINUTE;
/** Facts outlive their fold, so that one which comes late can have its hour folded anew. */
const FACT_TTL = 40 * DAY;
const FOLD_TTL = 400 * DAY;

const factPk = (scope: string, hour: string, shard: string): string => `facts#${scope}#${hour}#${shard}`;
const foldKey = (scope: string, hour: string): Key => ({ pk: `folds#${scope}`, sk: hour });
const openKey = (scope: string, hour: string): Key => ({ pk: `open#${scope}#${hour}`, sk: "open" });

type Put = Parameters<Table["putAll"]>[0][number];

/** That an hour of a scope has facts and is to be folded. */
interface Open {
  scope: string;
  hour: string;
  /** Differs with every announcement. */
  token: string;
}

/**
 * Figures without transactions. Each fact is an item of its own, so that writing it again counts once;
 * an hour that is over is folded into one total, and a figure is the folded hours and the open ones.
 * A fact that comes late for a folded hour has the hour folded anew; until then, a minute or so, the
 * total that stands is the figure. So no figure costs more to read for how much is behind it: of all
 * hours but the last two or three one item is read.
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
    const now = this.#clock.now();
    const expiresAt = epochSeconds(now + FACT_TTL);
    const items = new Map<string, Put>();
    const late = new Map<string, Put>();
    const announcing: string[] = [];
    for (const { scope, factId, at, counts } of facts) {
      const hour = hourOf(at);
      const pk = factPk(scope, hour, shardOf(factId, SHARDS));
      items.set(`${pk}\n${factId}`, { pk, sk: factId, counts, expiresAt } as Put);
      const open = openKey(scope, hour);
      const closed = hourEnd(hour) + CLOSES_AFTER <= now;
      if (!closed && this.#announced.has(open.pk)) continue;
      const due = dueKeys(open.pk, iso(hourEnd(hour) + FOLDS_AFTER));
      const announcement = { ...open, ...due, scope, hour, token: crypto.randomUUID(), expiresAt } as Put;
      (closed ? late : items).set(open.pk, announcement);
      if (!closed) announcing.push(open.pk);
    }
    await this.#table.putAll([...items.values()]);
    // After its fact, since its hour may be about to be folded at this very moment.
    await this.#table.putAll([...late.values()]);
    if (this.#announced.size > 10_000) this.#announced.clear();
    for (const pk of announcing) this.#announced.add(pk);
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
    for (const open of await this.#table.getMany<Open>(keys)) {
      await this.#fold(open.scope, open.hour);
      // A fact that came while its hour was folded has announced it again, by another token.
      await this.#table.delete(open, {
        ConditionExpression: "#token = :token",
        ExpressionAttributeNames: { "#token": "token" },
        ExpressionAttributeValues: { ":token": open.token },
      });
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
    // Hours not folded yet were announced. They are read first: one that is folded meanwhile has its fold.
    const lately = hours.filter((hour) => hourEnd(hour) + FOLDS_AFTER + 2 * HOUR > this.#clock.now());
    const announced = await this.#table.getMany<Open>(lately.map((hour) => openKey(scope, hour)));
    const folds = await this.#table.all<{ counts: Counts }>(
      { hash: ["pk", `folds#${scope}`] },
      { between: [first, last] },
    );
    for (const { sk, counts } of folds) figures.set(sk, counts);
    const open = announced.filter(({ hour }) => !figures.has(hour));
    const sums = await Promise.all(
      open.map(async ({ hour }) => [hour, await this.#sumFacts(scope, hour)] as const),
    );
    for (const [hour, counts] of sums) if (Object.keys(counts).length > 0) figures.set(hour, counts);
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
