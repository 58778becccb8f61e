import { type Clock, DAY } from "../../app/domain/clock.ts";
import { connectionScope } from "../../app/domain/delivery/delivery-facts.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import type { Item, Key, Storage, Table } from "../../app/store/ports.ts";
import type { TableName } from "../../app/store/tables.ts";
import { zektOf } from "../../harness/world.ts";
import type { ConsumerRuns } from "./consumer-runs.ts";
import type { SimulatedWorld } from "./world.ts";

/** All that a flow left behind. */
export interface Picture {
  /** A line for each record, figure, object of the archive and receiver: the same, however the flow was cut off. */
  lines: string[];
  /** The things that must never be, and are. */
  faults: string[];
}

type Record = [table: TableName, item: Item<object>];

/** Remembers the keys of all that is written: no store lists what it has. */
export class Recorder {
  readonly #keys = new Map<TableName, Map<string, Key>>();
  #storage: Storage | null = null;

  /** Watches a process's store; all is read by the first, which is the observer's. */
  around(storage: Storage): Storage {
    this.#storage ??= storage;
    return { ...storage, table: (name, clock) => this.#watched(name, storage.table(name, clock)) };
  }

  #watched(name: TableName, table: Table): Table {
    const keys = this.#keys.get(name) ?? new Map<string, Key>();
    this.#keys.set(name, keys);
    const see = ({ pk, sk }: Key): void => void keys.set(`${pk}\n${sk}`, { pk, sk });
    const writes = {
      put: (item, condition) => {
        see(item);
        return table.put(item, condition);
      },
      update: (key, change, condition) => {
        see(key);
        return table.update(key, change, condition);
      },
      add: (key, attribute, n, expiresAt) => {
        see(key);
        return table.add(key, attribute, n, expiresAt);
      },
      putAll: (items) => {
        items.forEach(see);
        return table.putAll(items);
      },
    } satisfies Partial<Table>;
    return new Proxy(table, {
      get: (target, method: keyof Table) =>
        method in writes ? writes[method as keyof typeof writes] : target[method].bind(target),
    });
  }

  /** Reads every record that stands, and the keys of the archive. */
  async all(clock: Clock): Promise<{ records: Record[]; archived: string[] }> {
    const storage = this.#storage as Storage;
    const records: Record[] = [];
    for (const [name, keys] of this.#keys) {
      const items = await storage.table(name, clock).getMany<object>([...keys.values()], ({ pk, sk }) => {
        throw new Error(`${pk} ${sk} cannot be read.`);
      });
      records.push(...items.map((item): Record => [name, item]));
    }
    return { records, archived: (await storage.archive.list("")).items };
  }
}

/** Attributes that tell when, how often, or in which order something was written. */
const PASSING = new Set([
  "version",
  "token",
  "routingToken",
  "expiresAt",
  "dueShard",
  "dueSetAt",
  "updatedAt",
  "writtenAt",
  "lookedAt",
  "checkedAt",
  "askedAt",
  "enqueued",
  "failures",
  "hookVersion",
  "ingestMs",
]);
/** Marks that say the same by false as by their absence. */
const MARKS = new Set(["noticesDue", "fileUnread", "fileHasNotifications"]);
/** Kinds of facts that are a process's own notes, or caches. */
const NOTES =
  /^(alive|lock|waits|part|breaker|looks|gap-requests|hook-log|catch-up|app-log|back|messages|jti|budget|slots|confirms|speakers|dispatched|told|issue-written)/;
/** Figures that grow with each try. GitHub's second delivery of a webhook counts again in another hour. */
const TRIES =
  /^((durable)?(GithubRequests|RunMs|Dispatches|githubRequests|runMs|dispatches)|health:attempt:.*|webhooksReceived)$/;

/** Patterns of what differs from one life to the next, and the words that stand for it. */
const CHANCE: [RegExp, string][] = [
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "moment"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "id"],
  [/\b[0-9a-f]{64}\b|\b[0-9a-f]{40}\b|\b(?=\d*[a-f])[0-9a-f]{12}\b/g, "hash"],
  [/127\.0\.0\.1:\d+/g, "host"],
  [/\b1[789]\d{11}\b/g, "milliseconds"],
  // An issue that nothing is to be written in any more may never have been made.
  [/"(number|notificationsVersion)":(\d+|null)|"written":("hash"|null)/g, ""],
];

/** Returns an object with its attributes in the order of their names, which DynamoDB does not keep. */
const inOrder = (one: unknown): unknown =>
  typeof one === "object" && one !== null && !Array.isArray(one)
    ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
    : one;

/** Pictures what a flow left behind. */
export async function pictureOf(
  world: SimulatedWorld,
  runs: ConsumerRuns,
  recorder: Recorder,
): Promise<Picture> {
  const { records, archived } = await recorder.all(world.observer.clock);
  const names = new Map(
    runs.all.map(({ run, deliveryId, dispatch }) => [String(run?.id), `run ${dispatch} of ${deliveryId}`]),
  );
  const plain = (value: unknown): string => {
    const text = JSON.stringify(value, (key, one) =>
      PASSING.has(key) || (one === false && MARKS.has(key)) ? undefined : inOrder(one),
    );
    return CHANCE.reduce((left, [chance, name]) => left.replace(chance, name), text).replace(
      /\b\d{4,}\b/g,
      (id) => names.get(id)?.replace(...(CHANCE[1] as [RegExp, string])) ?? id,
    );
  };
  const lines = records.flatMap(([table, item]) => {
    const shown = shownOf(table, item);
    return shown === null ? [] : [`${table}: ${plain(shown)}`];
  });
  lines.push(...archived.map((key) => `archived: ${key.replace(/\.\d+\.json$/, ".json")}`));
  lines.push(...(await figuresOf(world, records)));
  for (const { fullName } of world.consumers) {
    const { dispatches } = world.github.control.repository(fullName);
    lines.push(`received: ${fullName} ${new Set(dispatches.map((one) => zektOf(one).deliveryId)).size}`);
  }
  const faults = deliveriesIn(records).flatMap((delivery) => faultsOf(delivery, runs));
  faults.push(...(await uncountedAttempts(world, records)));
  return { lines: lines.sort(), faults };
}

/** Returns what is to be the same of a record; null where nothing is. */
function shownOf(table: TableName, item: Item<object>): object | null {
  const { pk, sk } = item;
  // Figures are shown as their sums. A row of failures ends with the next success.
  if (table === "sessions" || pk.startsWith("connection#")) return null;
  if (table === "meters" && !pk.startsWith("failures#")) return null;
  if (table === "guards" && NOTES.test(pk)) return null;
  if (pk.startsWith("run-book#") && (item as { value?: { runs: unknown[] } }).value?.runs.length === 0)
    return null;
  if (table === "accounts") return { ...item, dueAt: undefined };
  return table === "deliveries" && sk === "delivery" ? deliveryOf(item as unknown as Delivery) : item;
}

/** Returns of a delivery what is the same however often it was tried. */
function deliveryOf(delivery: Delivery): object {
  const { status, failure, owners } = delivery;
  return {
    ...delivery,
    attempts: undefined,
    confirmationAttempts: undefined,
    ambiguousRuns: undefined,
    stall: undefined,
    trace: undefined,
    // A default delivery whose outcome nobody knows says why.
    failure: failure && status === "Failed" ? { stage: failure.stage, kind: failure.kind } : null,
    owners: Object.values(owners).map((owner) => ({
      ...owner,
      runAttempt: undefined,
      duplicates: undefined,
    })),
  };
}

const deliveriesIn = (records: readonly Record[]): Delivery[] =>
  records.flatMap(([table, item]) =>
    table === "deliveries" && item.sk === "delivery" ? (item as unknown as Delivery) : [],
  );

const totalOf = async ({ observer, time }: SimulatedWorld, scope: string): Promise<[string, number][]> =>
  Object.entries(await observer.store.meters.total(scope, time.now() - 2 * DAY, time.now())) as [
    string,
    number,
  ][];

/** Sums up the figures of every scope that has any. */
async function figuresOf(world: SimulatedWorld, records: readonly Record[]): Promise<string[]> {
  const scopes = new Set(
    records.flatMap(([table, { pk }]) => {
      const [, scope] = /^facts#((?:owner|repository|connection)#[^#]+)#/.exec(pk) ?? [];
      return table === "meters" && scope ? scope : [];
    }),
  );
  const sums = [...scopes].map(async (scope) => {
    const kept = (await totalOf(world, scope)).filter(([name]) => !TRIES.test(name)).sort();
    return `figures: ${scope} ${JSON.stringify(Object.fromEntries(kept))}`;
  });
  return await Promise.all(sums);
}

/** Holds that a delivery is at rest, and that it was sent again only where that was needed, and said so. */
function faultsOf(delivery: Delivery, runs: ConsumerRuns): string[] {
  const { deliveryId, isFinalized, dueAt, durable } = delivery;
  const faults: string[] = [];
  const own = runs.all.filter((run) => run.deliveryId === deliveryId);
  if (!isFinalized || dueAt) faults.push(`${deliveryId} is not at rest: ${JSON.stringify(delivery)}`);
  const [, ...again] = own;
  const hasFailed = own.some(({ conclusion }) => conclusion === "failure");
  if (!hasFailed && again.some(({ possibleDuplicate }) => !possibleDuplicate))
    faults.push(`${deliveryId} was sent again, and did not say so`);
  const wentWell = own.findIndex(({ conclusion }) => conclusion === "success");
  if (durable !== null && wentWell >= 0 && wentWell < own.length - 1)
    faults.push(`${deliveryId} is durable, and was sent again though its run went well`);
  return faults;
}

/** Holds that each attempt is in the figures of the owner who pays for it, and each that failed in its connection's. */
async function uncountedAttempts(world: SimulatedWorld, records: readonly Record[]): Promise<string[]> {
  const faults: string[] = [];
  const all = deliveriesIn(records);
  for (const [ownerId, own] of Map.groupBy(all, (one) => one.consumerOwnerId)) {
    const { dispatches = 0 } = Object.fromEntries(await totalOf(world, `owner#${ownerId}`));
    const ended = own.flatMap((one) => one.attempts).filter(({ outcome }) => outcome !== "leased").length;
    if (dispatches !== ended)
      faults.push(`owner ${ownerId} has ${dispatches} dispatches in its figures, and made ${ended}`);
  }
  for (const [subscriptionId, own] of Map.groupBy(all, (one) => one.subscriptionId)) {
    const figures = await totalOf(world, connectionScope(subscriptionId));
    const counted = figures.filter(([name]) => name.startsWith("health:attempt:"));
    const sum = counted.reduce((all, [, count]) => all + count, 0);
    const failed = own.flatMap((one) => one.attempts).filter(({ failure }) => failure !== null).length;
    if (sum !== failed)
      faults.push(`${subscriptionId} has ${sum} failed attempts in its figures, and had ${failed}`);
  }
  return faults;
}
