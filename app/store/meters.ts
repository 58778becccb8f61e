import { type Clock, DAY, epochSeconds, HOUR, iso, MINUTE } from "../domain/clock.ts";
import { type ForEach, oneByOne } from "../domain/for-each-concurrently.ts";
import { greatest, hourEnd, hourOf, hoursBetween, sum } from "../domain/insight/meter.ts";
import type { Counts, MeterFact } from "../domain/records/meter-fact.ts";
import { dueKeys, pastDue } from "./due.ts";
import {
  absent,
  absentOrAtMost,
  equals,
  IF_ABSENT,
  type Item,
  ifVersion,
  type Key,
  type Table,
} from "./ports.ts";
import { shardOf } from "./tables.ts";

/** Facts of one scope and hour are spread over so many partitions. */
const SHARDS = 4;
/** A fact for an hour that has been over for so long comes late, and has the hour folded anew. */
const CLOSES_AFTER = 1 * HOUR;
/** An hour is folded once it closed; a little later, since workers' clocks differ. */
const FOLDS_AFTER = CLOSES_AFTER + 1 * MINUTE;
/** A day is folded when its last hour was. */
const DAY_FOLDS_AFTER = FOLDS_AFTER + 5 * MINUTE;
/** After this a period that had anything is folded, or is about to be by a sweep that was held up. */
const SURELY_FOLDED = 2 * HOUR;
/** Facts outlive their fold, so that one which comes late can have its hour folded anew; those of an hour end together. */
const FACT_TTL = 40 * DAY;
/** From then on an hour's figures are final: its other facts may be gone, and with them the way to add one. */
const FINAL_AFTER = FACT_TTL - 1 * DAY;
const FOLD_TTL = 400 * DAY;

const factPk = (scope: string, hour: string, shard: string): string => `facts#${scope}#${hour}#${shard}`;
const foldKey = (scope: string, hour: string): Key => ({ pk: `folds#${scope}`, sk: hour });
const dayKey = (scope: string, day: string): Key => ({ pk: `days#${scope}`, sk: day });
/** Returns the key of an open hour (`2026-01-31T23`) or day (`2026-01-31`). */
const openKey = (scope: string, period: string): Key => ({ pk: `open#${scope}#${period}`, sk: "open" });

const dayStart = (day: string): number => Date.parse(`${day}T00:00:00.000Z`);
const dayOf = (ms: number): string => iso(ms).slice(0, 10);

const isHour = ({ period }: Open): boolean => period.includes("T");

type Put = Parameters<Table["putAll"]>[0][number];

/** Returns a fact as it is stored. */
function factItem({ scope, factId, at, counts }: MeterFact): Item<{ counts: Counts }> {
  const hour = hourOf(at);
  const expiresAt = epochSeconds(hourEnd(hour) + FACT_TTL);
  return { pk: factPk(scope, hour, shardOf(factId, SHARDS)), sk: factId, counts, expiresAt };
}

const nameOf = ({ pk, sk }: Key): string => `${pk}\n${sk}`;

/** The total of an hour or a day; the version of 2026-11-26 gave it no number. */
interface Fold {
  counts: Counts;
  version?: number;
}

/** Marks an hour of a scope that has facts, or a day that has hours, as still to be folded. */
interface Open {
  scope: string;
  period: string;
  /** Differs with every announcement. */
  token: string;
}

/**
 * Counts that stay right though nothing here is transactional. What is counted is an item named after it, so that a
 * second write of it adds nothing. Some time after its end an hour is summed up into an item of its own, its fold. A
 * day is summed up likewise from the folds of its hours. Whoever asks is given folds, and the sum of the facts for
 * hours that have none yet. A fact that comes late has its hour folded anew; until then, a minute or so, the fold
 * that stands is what is answered. Nothing that was counted is ever withdrawn, so a fold only grows; after 39 days an
 * hour's figures are final. So no figure costs more to read for how much is behind it. Of all hours but the last two
 * or three, one item is read each. Of whole days within a total's range, one item is read for each.
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

  /** Writes facts; the same fact again changes nothing, and neither does one of an hour whose figures are final. */
  async record(facts: readonly MeterFact[]): Promise<void> {
    await this.#record(facts, facts);
  }

  /**
   * Writes facts as {@link Meters.record} does, of which some grow: where more of one is stored, that stands. Puts up
   * for folding their hours, or those of other facts where given.
   */
  async recordGrowing(facts: readonly MeterFact[], announced = facts): Promise<void> {
    const growing = this.#open(facts).filter(({ grows }) => grows);
    await Promise.all(
      growing.map(async (fact) => {
        const kinds = Object.keys(fact.counts).length;
        await this.#table.put({ ...factItem(fact), kinds }, [absentOrAtMost("kinds", kinds)]);
      }),
    );
    const others = facts.filter(({ grows }) => !grows);
    await this.#record(others, announced);
  }

  /**
   * Writes facts as {@link Meters.recordGrowing} does that most often are stored: they are read first, which costs a
   * fifth. Puts up the hours of all, since the writer of one that is stored may have ended before it did.
   */
  async recordMissing(facts: readonly MeterFact[]): Promise<void> {
    const stored = await this.#table.getMany<{ kinds?: number }>(this.#open(facts).map(factItem));
    const kinds = new Map(stored.map((item) => [nameOf(item), item.kinds ?? 0]));
    const missing = facts.filter((fact) => {
      const known = kinds.get(nameOf(factItem(fact)));
      return known === undefined || (fact.grows && known < Object.keys(fact.counts).length);
    });
    await this.recordGrowing(missing, facts);
  }

  /** Returns the facts of hours whose figures are not final. */
  #open(facts: readonly MeterFact[]): MeterFact[] {
    const now = this.#clock.now();
    return facts.filter(({ at }) => hourEnd(hourOf(at)) + FINAL_AFTER > now);
  }

  /** Writes facts, and puts up the hours of these and of others for folding. */
  async #record(facts: readonly MeterFact[], announced: readonly MeterFact[]): Promise<void> {
    const now = this.#clock.now();
    const items = new Map<string, Put>();
    const late = new Map<string, Put>();
    const announcing: string[] = [];
    for (const fact of this.#open(facts)) {
      const item = factItem(fact);
      items.set(nameOf(item), item);
    }
    for (const { scope, at } of this.#open(announced)) {
      const hour = hourOf(at);
      const open = openKey(scope, hour);
      const closed = hourEnd(hour) + CLOSES_AFTER <= now;
      if (!closed && this.#announced.has(open.pk)) continue;
      const announcement = this.#announcement(scope, hour, hourEnd(hour) + FOLDS_AFTER);
      (closed ? late : items).set(open.pk, announcement);
      if (!closed) announcing.push(open.pk);
    }
    await this.#table.putAll([...items.values()]);
    // After its fact, since its hour may be about to be folded at this very moment.
    await this.#table.putAll([...late.values()]);
    if (this.#announced.size > 10_000) this.#announced.clear();
    for (const pk of announcing) this.#announced.add(pk);
  }

  #announcement(scope: string, period: string, dueAt: number): Item<Open> {
    const key = openKey(scope, period);
    const expiresAt = epochSeconds(this.#clock.now() + FACT_TTL);
    const due = dueKeys(key.pk, iso(dueAt));
    return { ...key, ...due, scope, period, token: crypto.randomUUID(), expiresAt };
  }

  async #sumFacts(scope: string, hour: string): Promise<Counts> {
    const shards = await Promise.all(
      Array.from({ length: SHARDS }, (_, shard) =>
        this.#table.all<{ counts: Counts }>({ hash: ["pk", factPk(scope, hour, String(shard))] }),
      ),
    );
    return sum(shards.flat().map(({ counts }) => counts));
  }

  /** Folds hours and days that are over into their totals, each by `forEach`; returns how many are due. */
  async foldClosed(limitPerShard: number, forEach: ForEach = oneByOne): Promise<number> {
    const due = await pastDue<Open>(this.#table, iso(this.#clock.now()), limitPerShard);
    const days = new Map<string, Item<Open>>();
    const naming = {
      nameOf: ({ scope, period }: Open): string => `${scope}#${period}`,
      ownerOf: ({ scope }: Open): string => scope,
    };
    await forEach(due.filter(isHour), naming, async (hour) => {
      const day = await this.#foldHour(hour);
      if (day) days.set(day.pk, day);
    });
    for (const day of due.filter((one) => !isHour(one))) if (!days.has(day.pk)) days.set(day.pk, day);
    await forEach([...days.values()], naming, (day) => this.#foldDay(day));
    return due.length;
  }

  /** Folds an hour; answers its day where that is over too and so is to be folded with it. */
  async #foldHour(open: Item<Open>): Promise<Item<Open> | null> {
    const { scope, period: hour } = open;
    const asOf = this.#clock.now();
    await this.#growFold(foldKey(scope, hour), await this.#sumFacts(scope, hour), hourEnd(hour));
    const day = hour.slice(0, 10);
    const dueAt = dayStart(day) + DAY + DAY_FOLDS_AFTER;
    const announcement = this.#announcement(scope, day, dueAt);
    const { pk } = announcement;
    if (dueAt <= asOf || !this.#announced.has(pk)) await this.#table.put(announcement);
    if (dueAt > asOf) this.#announced.add(pk);
    await this.#take(open);
    return dueAt <= asOf ? announcement : null;
  }

  async #foldDay(open: Item<Open>): Promise<void> {
    const { scope, period: day } = open;
    const hours = await this.#hourFolds(scope, `${day}T00`, `${day}T23`);
    const counts = sum(hours.map((one) => one.counts));
    await this.#growFold(dayKey(scope, day), counts, dayStart(day) + DAY);
    await this.#take(open);
  }

  /** Withdraws an announcement; what came while its period was folded has announced it again, by another token. */
  async #take(open: Item<Open>): Promise<void> {
    await this.#table.delete(open, [equals("token", open.token)]);
  }

  /**
   * Stores a total, of each kind the greater of this one and the stored one. Of two that fold at once the slower one
   * knows less; of an old hour some facts may be gone.
   */
  async #growFold(key: Key, counts: Counts, ended: number): Promise<void> {
    const expiresAt = epochSeconds(ended + FOLD_TTL);
    for (;;) {
      const standing = await this.#table.getEvenExpired<Fold>(key);
      const version = standing?.version ?? 0;
      const grown = {
        ...key,
        counts: greatest(standing?.counts ?? {}, counts),
        version: version + 1,
        expiresAt,
      };
      const condition = !standing ? IF_ABSENT : version === 0 ? [absent("version")] : ifVersion(version);
      if (await this.#table.put(grown, condition)) return;
    }
  }

  async #hourFolds(scope: string, first: string, last: string) {
    const of = { hash: ["pk", foldKey(scope, "").pk] } as const;
    return await this.#table.all<{ counts: Counts }>(of, { between: [first, last] });
  }

  /** Counts by hour for a scope, from `from` to `to` (milliseconds since the epoch), hours without any left out. */
  async byHour(scope: string, from: number, to: number): Promise<Map<string, Counts>> {
    const hours = hoursBetween(from, Math.min(to, this.#clock.now()));
    const first = hours[0];
    const last = hours.at(-1);
    const figures = new Map<string, Counts>();
    if (first === undefined || last === undefined) return figures;
    // Hours not folded yet were announced. They are read first: one that is folded meanwhile has its fold.
    const lately = hours.filter((hour) => hourEnd(hour) + FOLDS_AFTER + SURELY_FOLDED > this.#clock.now());
    const announced = await this.#table.getMany<Open>(lately.map((hour) => openKey(scope, hour)));
    const folds = await this.#hourFolds(scope, first, last);
    for (const { sk, counts } of folds) figures.set(sk, counts);
    const open = announced.filter(({ period }) => !figures.has(period));
    const sums = await Promise.all(
      open.map(async ({ period }) => [period, await this.#sumFacts(scope, period)] as const),
    );
    for (const [hour, counts] of sums) if (Object.keys(counts).length > 0) figures.set(hour, counts);
    return figures;
  }

  /** The total of a scope over a range (milliseconds since the epoch), by the hour at its ends. */
  async total(scope: string, from: number, to: number): Promise<Counts> {
    const now = this.#clock.now();
    const until = Math.min(to, now - DAY_FOLDS_AFTER - SURELY_FOLDED);
    const first = Math.ceil(from / DAY) * DAY;
    // The first day that is not whole, or not folded for sure.
    const end = Math.floor((until + 1) / DAY) * DAY;
    if (end <= first) return sum((await this.byHour(scope, from, to)).values());
    const [days, before, after] = await Promise.all([
      this.#table.all<{ counts: Counts }>(
        { hash: ["pk", dayKey(scope, "").pk] },
        { between: [dayOf(first), dayOf(end - 1)] },
      ),
      from < first ? this.byHour(scope, from, first - 1) : new Map<string, Counts>(),
      end <= Math.min(to, now) ? this.byHour(scope, end, to) : new Map<string, Counts>(),
    ]);
    return sum([...days.map(({ counts }) => counts), ...before.values(), ...after.values()]);
  }

  /**
   * Removes a scope's figures, and the announcements of hours and days that are not folded yet: they would
   * bring figures back. Single facts of the last 40 days end with their TTL.
   */
  async remove(scope: string): Promise<void> {
    const now = this.#clock.now();
    const unfolded = [
      ...hoursBetween(now - SURELY_FOLDED - FOLDS_AFTER - HOUR, now),
      ...[dayOf(now - DAY), dayOf(now)],
    ].map((period) => openKey(scope, period));
    await this.#table.deleteAll(unfolded);
    for (const { pk } of unfolded) this.#announced.delete(pk);
    for (const { pk } of [foldKey(scope, ""), dayKey(scope, "")]) {
      await this.#table.deleteAll(await this.#table.all<object>({ hash: ["pk", pk] }));
    }
  }
}
