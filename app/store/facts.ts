import { type Clock, epochSeconds, HOUR, MINUTE } from "../domain/clock.ts";
import type { Key } from "./ports.ts";
import { equals, IF_ABSENT, type Item, ifVersion, type Table } from "./ports.ts";
import { SharedWrite } from "./shared-write.ts";

/** A kind of fact, as `fact-kinds.ts` declares it. */
interface Declaration<Id> {
  /** Begins the stored key: never change it. */
  kind: string;
  /** Names one fact of this kind; ends the stored key. */
  id: (id: Id) => string;
  /** The time for which a fact lives after it was written, in milliseconds. */
  ttl: number;
  /** The moment that `ttl` counts from instead, in milliseconds since the epoch. */
  from?: (id: Id) => number;
}

/** The stored key of one fact, and its lifetime. */
interface Place {
  readonly pk: string;
  readonly kind: string;
  readonly ttl: number;
  readonly from: number | undefined;
}

/** One fact that holds a value. */
export interface Fact<Value extends object> extends Place {
  readonly shape: "value";
  /** Binds the value's type to its place; no object has it. */
  readonly value?: Value;
}

/** One fact that counts. */
export interface Counter extends Place {
  readonly shape: "count";
}

/** One fact that lists ids by the moment each was recorded at. */
export interface History extends Place {
  readonly shape: "history";
}

/** A declared kind; `of` names one fact of it. */
export interface Kind<Id, Named extends Place> extends Declaration<Id> {
  of(id: Id): Named;
}

const placeOf = <Id>({ kind, id, ttl, from }: Declaration<Id>, one: Id): Place => ({
  pk: `${kind}#${id(one)}`,
  kind,
  ttl,
  from: from?.(one),
});

/** Declares a kind of fact that holds a value. */
export const fact = <Value extends object, Id = void>(
  declaration: Declaration<Id>,
): Kind<Id, Fact<Value>> => ({
  ...declaration,
  of: (id) => ({ ...placeOf(declaration, id), shape: "value" }),
});

/** Declares a kind of fact that counts. */
export const counter = <Id>(declaration: Declaration<Id>): Kind<Id, Counter> => ({
  ...declaration,
  of: (id) => ({ ...placeOf(declaration, id), shape: "count" }),
});

/** Declares a kind of fact that lists ids by their moments. */
export const history = <Id>(declaration: Declaration<Id>): Kind<Id, History> => ({
  ...declaration,
  of: (id) => ({ ...placeOf(declaration, id), shape: "history" }),
});

const keyOf = ({ pk, kind }: Place): Key => ({ pk, sk: kind });

/** Stores small facts, each for as long as its kind says; `fact-kinds.ts` lists the kinds. */
export class Facts {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #counts = new SharedWrite<number>();

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  #expiresAt({ from, ttl }: Place): number {
    return epochSeconds((from ?? this.#clock.now()) + ttl);
  }

  /** Stores a value where none stands; returns the value that stands then, and whether it is this one. */
  async claim<Value extends object>(
    fact: Fact<Value>,
    value: NoInfer<Value>,
  ): Promise<{ won: boolean; value: Value }> {
    // Its own, since a store that has lost an answer knows by what is stored who wrote it.
    const token = crypto.randomUUID();
    const item = { ...keyOf(fact), value, token, expiresAt: this.#expiresAt(fact) };
    if (await this.#table.put(item, IF_ABSENT)) return { won: true, value };
    const stored = await this.#table.get<{ value: Value }>(keyOf(fact));
    if (stored && this.#isAhead(fact, stored)) {
      const won = await this.#table.put(item, [equals("expiresAt", stored.expiresAt as number)]);
      return won ? { won, value } : await this.claim(fact, value);
    }
    const standing = stored?.value;
    return standing ? { won: false, value: standing } : await this.claim(fact, value);
  }

  /** Reads a value; null where none stands. */
  async get<Value extends object>(fact: Fact<Value>): Promise<Value | null> {
    const stored = await this.#table.get<{ value: Value }>(keyOf(fact));
    return stored && !this.#isAhead(fact, stored) ? stored.value : null;
  }

  /**
   * Returns whether a clock that has been set back since wrote a fact that bars something for less than an hour. Such
   * a fact ends later than it could if it were written now.
   */
  #isAhead(fact: Place, { expiresAt }: Item<object>): boolean {
    if (fact.ttl >= HOUR || fact.from !== undefined || expiresAt === undefined) return false;
    return expiresAt > epochSeconds(this.#clock.now() + fact.ttl + MINUTE);
  }

  /** Stores a value in place of the one that stands. */
  async set<Value extends object>(fact: Fact<Value>, value: NoInfer<Value>): Promise<void> {
    await this.#table.put({ ...keyOf(fact), value, expiresAt: this.#expiresAt(fact) });
  }

  /**
   * Stores a value in place of the one that was read, null for none; false where somebody else did meanwhile.
   * The value counts its versions.
   */
  async replace<Value extends { version: number }>(
    fact: Fact<Value>,
    before: NoInfer<Value> | null,
    after: NoInfer<Value>,
  ): Promise<boolean> {
    const version = (before?.version ?? 0) + 1;
    const item = { ...keyOf(fact), value: { ...after, version }, version, expiresAt: this.#expiresAt(fact) };
    return await this.#table.put(item, before === null ? IF_ABSENT : ifVersion(before.version));
  }

  /** Removes a value, if one stands. */
  async remove(fact: Fact<object>): Promise<void> {
    await this.#table.delete(keyOf(fact));
  }

  /** Adds one to a count and returns the sum. The count begins anew once nothing was added for its lifetime. */
  async count(counter: Counter): Promise<number> {
    return await this.#counts.join(counter.pk, async (n) => {
      const sum = await this.#table.add(keyOf(counter), "n", n, this.#expiresAt(counter));
      return Array.from({ length: n }, (_, index) => sum - n + 1 + index);
    });
  }

  /** Records an id at a moment (ISO 8601); the same id at the same moment is recorded once. */
  async record(history: History, at: string, what: string): Promise<void> {
    await this.#table.put({
      pk: history.pk,
      sk: `${at}#${what}`,
      what,
      expiresAt: this.#expiresAt(history),
    });
  }

  /** Lists the ids recorded from one moment to another, both included, oldest first. */
  async recorded(history: History, from: string, to: string): Promise<string[]> {
    const items = await this.#table.all<{ what: string }>(
      { hash: ["pk", history.pk] },
      { between: [from, `${to}~`] },
    );
    return items.map(({ what }) => what);
  }
}
