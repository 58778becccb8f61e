import { randomOf } from "../test/support/random.ts";

/**
 * A day of 10,000 organisations on paper: whose budget at GitHub is spent, and which keys of DynamoDB get hot. Every
 * figure follows from the seed, so that the same page comes of it each time.
 */

/** The load that is reckoned with. */
export const LOAD = {
  organisations: 10_000,
  /** Events of one delivery each, a second, as the mean of a day. */
  eventsPerSecond: 1000,
  /** The busiest hour of a day against its mean. */
  peak: 1.7,
  /** Repositories of an organisation, the busiest of which has a quarter of its events. */
  repositories: 20,
  /** The share of deliveries that are durable. */
  durable: 0.25,
} as const;

const SEED = 20;
const HOURS = 24;
/** GitHub's documented limit of an installation, which Zekt keeps to by default. */
export const DISPATCHES_PER_HOUR = 500;
const SECONDS_SAMPLED = 60;
/** The write units that one partition of DynamoDB takes in a second. */
export const UNITS_PER_PARTITION = 1000;

/** The unlikeness of organisations: the exponent of Zipf's law, by which the n-th has 1/n^s of the first's events. */
export const SKEWS = { alike: 0, unlike: 0.5, "a few giants": 1 } as const;
export type Skew = keyof typeof SKEWS;

/** Returns shares that follow Zipf's law and make one. */
function shares(count: number, exponent: number): number[] {
  const raw = Array.from({ length: count }, (_, n) => (n + 1) ** -exponent);
  const sum = raw.reduce((all, one) => all + one, 0);
  return raw.map((one) => one / sum);
}

/** Returns what draws an index by its share. */
function drawer(of: readonly number[], random: () => number): () => number {
  let sum = 0;
  const ends = of.map((share) => (sum += share));
  return () => {
    const at = random() * sum;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Returns a number of independent arrivals of this mean. */
function arrivals(mean: number, random: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal));
}

/** The load of an hour against the mean of its day: lowest at night, highest twelve hours later. */
const curve = (hour: number): number => 1 + (LOAD.peak - 1) * Math.sin((2 * Math.PI * (hour - 6)) / HOURS);

/** A day of dispatches within GitHub's limits. */
export interface BudgetDay {
  /** The share of deliveries that leave within the hour in which they were made. */
  inTime: number;
  /** Organisations whose deliveries wait at the busiest moment. */
  waiting: number;
  /** Deliveries that wait at the busiest moment, and at the end of the day. */
  most: number;
  left: number;
  /** The hour of the day in which more wait than a given number; null where that never comes. */
  hourOver(count: number): number | null;
}

/** Simulates a day hour by hour: what an installation's budget leaves over waits for the next hour. */
export function budgetDay(skew: Skew, eventsPerSecond: number = LOAD.eventsPerSecond): BudgetDay {
  const random = randomOf(SEED);
  const rates = shares(LOAD.organisations, SKEWS[skew]).map((share) => share * eventsPerSecond * 3600);
  const backlog = rates.map(() => 0);
  const waits: number[] = [];
  let made = 0;
  let late = 0;
  let waiting = 0;
  for (let hour = 0; hour < HOURS; hour++) {
    for (const [index, rate] of rates.entries()) {
      const came = arrivals(rate * curve(hour), random);
      const before = backlog[index] as number;
      const room = Math.max(0, DISPATCHES_PER_HOUR - before);
      made += came;
      late += Math.max(0, came - room);
      backlog[index] = Math.max(0, before + came - DISPATCHES_PER_HOUR);
    }
    waits.push(backlog.reduce((sum, one) => sum + one, 0));
    waiting = Math.max(waiting, backlog.filter((one) => one > 0).length);
  }
  return {
    inTime: 1 - late / made,
    waiting,
    most: Math.max(...waits),
    left: waits.at(-1) as number,
    hourOver: (count) => {
      const hour = waits.findIndex((one) => one > count);
      return hour < 0 ? null : hour;
    },
  };
}

/** Returns the most events a second of which 99 % leave within the hour. */
export function mostInTime(skew: Skew): number {
  let low = 0;
  let high: number = LOAD.eventsPerSecond * 2;
  while (high - low > 10) {
    const middle = (low + high) / 2;
    if (budgetDay(skew, middle).inTime >= 0.99) low = middle;
    else high = middle;
  }
  return Math.round(low / 10) * 10;
}

/** Write units of an event with one delivery, and of a durable one, at a place: `table guards budget`. */
export type UnitsOf = (durable: boolean, place: RegExp) => number;

/** A kind of key, and the write units that an event puts on one key of it. */
interface Keys {
  name: string;
  place: RegExp;
  /** The key that an event meets. */
  key: (event: DrawnEvent) => string;
  /** The number of keys that one of these is spread over. */
  spread: number;
}

interface DrawnEvent {
  provider: number;
  providerRepository: number;
  consumer: number;
  consumerRepository: number;
}

const KEYS: readonly Keys[] = [
  { name: "`deliveries`, index `due`: 8 shards", place: /^index deliveries due$/, key: () => "", spread: 8 },
  { name: "`runs`, index `due`: 8 shards", place: /^index runs due$/, key: () => "", spread: 8 },
  {
    name: "`meters`, facts of an owner's hour: 4 shards",
    place: /^table meters facts owner/,
    key: ({ provider }) => `${provider}`,
    spread: 4,
  },
  {
    name: "`meters`, facts of a repository's hour: 4 shards",
    place: /^table meters facts repository/,
    key: ({ provider, providerRepository }) => `${provider}/${providerRepository}`,
    spread: 4,
  },
  {
    name: "`meters`, facts of a connection's hour: 4 shards",
    place: /^table meters facts connection/,
    key: ({ consumer, consumerRepository }) => `${consumer}/${consumerRepository}`,
    spread: 4,
  },
  {
    name: "`runs`, small payloads of a repository",
    place: /^table runs payloads/,
    key: ({ provider, providerRepository }) => `${provider}/${providerRepository}`,
    spread: 1,
  },
  {
    name: "`guards`, a workflow's breaker",
    place: /^table guards breaker/,
    key: ({ provider, providerRepository }) => `${provider}/${providerRepository}`,
    spread: 1,
  },
  {
    name: "`guards`, an installation's budget, if each delivery had its slot",
    place: /^table guards budget/,
    key: ({ consumer }) => `${consumer}`,
    spread: 1,
  },
  {
    name: "`guards`, dispatches to a repository",
    place: /^table guards dispatched/,
    key: ({ consumer, consumerRepository }) => `${consumer}/${consumerRepository}`,
    spread: 1,
  },
  {
    name: "`deliveries`, index `byConsumer`",
    place: /^index deliveries byConsumer$/,
    key: ({ consumer, consumerRepository }) => `${consumer}/${consumerRepository}`,
    spread: 1,
  },
  {
    name: "`deliveries`, index `byProvider`",
    place: /^index deliveries byProvider$/,
    key: ({ provider, providerRepository }) => `${provider}/${providerRepository}`,
    spread: 1,
  },
];

/** The hottest key of a kind. */
export interface HotKey {
  name: string;
  /** Its write units in its busiest second, at the day's busiest hour. */
  units: number;
  /** The mean events a second at which it takes as much as a partition does. */
  breaksAt: number;
}

/** Draws a minute of the busiest hour, and finds the busiest second of the busiest key of each kind. */
export function hotKeys(skew: Skew, unitsOf: UnitsOf): HotKey[] {
  const random = randomOf(SEED);
  const organisation = drawer(shares(LOAD.organisations, SKEWS[skew]), random);
  const repository = drawer(shares(LOAD.repositories, 1), random);
  const each = KEYS.map(
    ({ place }) => LOAD.durable * unitsOf(true, place) + (1 - LOAD.durable) * unitsOf(false, place),
  );
  const most = KEYS.map(() => 0);
  for (let second = 0; second < SECONDS_SAMPLED; second++) {
    const seen = KEYS.map(() => new Map<string, number>());
    for (let n = arrivals(LOAD.eventsPerSecond * LOAD.peak, random); n > 0; n--) {
      const event: DrawnEvent = {
        provider: organisation(),
        providerRepository: repository(),
        consumer: organisation(),
        consumerRepository: repository(),
      };
      for (const [index, { key, spread }] of KEYS.entries()) {
        const name = `${key(event)}#${Math.floor(random() * spread)}`;
        const units = ((seen[index] as Map<string, number>).get(name) ?? 0) + (each[index] as number);
        seen[index]?.set(name, units);
        if (units > (most[index] as number)) most[index] = units;
      }
    }
  }
  return KEYS.map(({ name }, index) => {
    const units = most[index] as number;
    return { name, units, breaksAt: (LOAD.eventsPerSecond * UNITS_PER_PARTITION) / units };
  });
}
