import { type Clock, epochSeconds, iso, MINUTE, setBackMoment } from "../domain/clock.ts";
import { dueAgainAt } from "../domain/jobs/due-again.ts";
import { RUN_TTL } from "../domain/limits.ts";
import type { WorkflowEvent } from "../domain/records/event.ts";
import type { Message } from "../domain/records/message.ts";
import type { Run, RunAttempt, StoredEvent, StoredMessage } from "../domain/records/run.ts";
import { type DueKeys, dueKeys, pastDue, readDue, setBackDue } from "./due.ts";
import type { Portion, PortionQuery } from "./pages.ts";
import {
  absent,
  type Condition,
  equals,
  exists,
  IF_ABSENT,
  IF_EXISTS,
  type Item,
  type Key,
  type Page,
  type QueryOptions,
  type Table,
} from "./ports.ts";

/** Expired items are kept a little longer, so that an orphan is counted before it is gone. */
const GRACE = 24 * 60 * MINUTE;

/** The event is there and the policy was not asked yet. */
const IF_NO_PLAN: Condition = [exists, absent("plan"), absent("planKey")];

/** Holds where no message has made an event due again since it was read. */
const ifToken = ({ routingToken }: StoredEvent): Condition =>
  routingToken === undefined ? [exists, absent("routingToken")] : [equals("routingToken", routingToken)];

const pkOf = (run: { repositoryId: string; runId: string }): string => `run#${run.repositoryId}#${run.runId}`;
const eventKey = (run: RunAttempt): Key => ({
  pk: pkOf(run),
  sk: `event#${String(run.runAttempt).padStart(5, "0")}`,
});
const runIdOf = ({ pk }: Key): string => pk.split("#").at(-1) as string;
const messageKey = (message: Pick<Message, "repositoryId" | "runId" | "messageId">): Key => ({
  pk: pkOf(message),
  sk: `message#${message.messageId}`,
});

/** Events and messages of a run that are read at once; a run with more is crowded. */
const CROWD = 100;

const isEvent = (item: Item<StoredEvent | StoredMessage>): item is Item<StoredEvent> =>
  item.sk.startsWith("event#");

/** Workflow runs: one partition a run, with its events and its messages. */
export class Runs {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Stores an event once, due for routing; false where it was there already. */
  async addEvent(event: WorkflowEvent & { ownerId: string }): Promise<boolean> {
    const now = this.#clock.now();
    return await this.#table.put(
      {
        ...event,
        ...eventKey(event),
        ...dueKeys(event.runId, iso(dueAgainAt(now, 0)), now),
        expiresAt: epochSeconds(now + RUN_TTL + GRACE),
      },
      IF_ABSENT,
    );
  }

  /** Stores a message once; false where it was there already. It is due when it would count as orphaned. */
  async addMessage(message: Message & { ownerId: string }): Promise<boolean> {
    const now = this.#clock.now();
    return await this.#table.put(
      {
        ...message,
        ...messageKey(message),
        ...dueKeys(message.runId, iso(now + RUN_TTL), now),
        expiresAt: epochSeconds(now + RUN_TTL + GRACE),
      },
      IF_ABSENT,
    );
  }

  async getEvent(run: RunAttempt): Promise<StoredEvent | null> {
    return await this.#table.get<StoredEvent>(eventKey(run));
  }

  async getMessage(
    message: Pick<Message, "repositoryId" | "runId" | "messageId">,
  ): Promise<StoredMessage | null> {
    return await this.#table.get<StoredMessage>(messageKey(message));
  }

  /**
   * Reads a run's events, and says whether it has many messages. They come behind the events, and of them no more are
   * read than one page has. Else each message of a run would read all that were sent before.
   */
  async eventsOf(run: { repositoryId: string; runId: string }): Promise<{
    events: StoredEvent[];
    isCrowded: boolean;
  }> {
    const of = { hash: ["pk", pkOf(run)] } as const;
    const { items, cursor } = await this.#table.page<StoredEvent | StoredMessage>(of, { limit: CROWD });
    const isCrowded = cursor !== null;
    if (isCrowded)
      return { events: await this.#table.all<StoredEvent>(of, { beginsWith: "event#" }), isCrowded };
    return { events: items.filter(isEvent), isCrowded };
  }

  /** Reads a run whole. */
  async load(run: { repositoryId: string; runId: string }): Promise<Run> {
    const items = await this.#table.all<StoredEvent | StoredMessage>({ hash: ["pk", pkOf(run)] });
    return {
      events: items.filter(isEvent),
      messages: items.filter((item): item is Item<StoredMessage> => !isEvent(item)),
    };
  }

  /** Stores the policy's answer, unless there is one; returns the one that stands, or null where the event is gone. */
  async freezePlan(
    run: RunAttempt,
    { plan, planKey, ingestMs }: Pick<StoredEvent, "plan" | "planKey" | "ingestMs">,
  ): Promise<StoredEvent | null> {
    const set = await this.#table.update<StoredEvent>(
      eventKey(run),
      { ingestMs, ...(plan ? { plan } : { planKey }) },
      IF_NO_PLAN,
    );
    return set ?? (await this.getEvent(run));
  }

  /** Makes an event due for routing again, since a message came after it; nothing where it is gone. */
  async routeAgain(run: RunAttempt): Promise<void> {
    const now = this.#clock.now();
    const change = {
      routingToken: crypto.randomUUID(),
      enqueued: 0,
      failures: 0,
      deadAt: undefined,
      ...dueKeys(run.runId, iso(dueAgainAt(now, 0)), now),
    };
    await this.#table.update(eventKey(run), change, IF_EXISTS);
  }

  /**
   * Removes an event from the due index once it is routed as it was read, or cannot be. Returns whether it did: it does
   * not where a message came since.
   */
  async endRouting(event: StoredEvent): Promise<boolean> {
    const ended = await this.#table.update(eventKey(event), dueKeys(event.runId, null), ifToken(event));
    return ended !== null;
  }

  /**
   * Gives up an event that cannot be routed, which stays due until its routing is ended. Returns when, as ISO 8601; null
   * where a message came since.
   */
  async bury(event: StoredEvent): Promise<string | null> {
    const now = this.#clock.now();
    const change = { deadAt: iso(now), ...dueKeys(event.runId, iso(dueAgainAt(now, 0)), now) };
    return (await this.#table.update(eventKey(event), change, ifToken(event))) && change.deadAt;
  }

  /** Counts a failed routing of an event; it is due again after a wait. Returns how many there were. */
  async recordRoutingFailure(event: StoredEvent): Promise<number> {
    const failures = (event.failures ?? 0) + 1;
    const now = this.#clock.now();
    const due = dueKeys(event.runId, iso(dueAgainAt(now, failures - 1)), now);
    await this.#table.update(eventKey(event), { failures, ...due }, ifToken(event));
    return failures;
  }

  /**
   * Makes an event due again after a wait, should the queue message that it is given now be lost too. Returns whether
   * it did: it does not where a message came since, which has enqueued it.
   */
  async recordEnqueued(event: StoredEvent): Promise<boolean> {
    const now = this.#clock.now();
    const enqueued = (event.enqueued ?? 0) + 1;
    const change = { enqueued, ...dueKeys(event.runId, iso(dueAgainAt(now, enqueued)), now) };
    return (await this.#table.update(eventKey(event), change, ifToken(event))) !== null;
  }

  /** Records that an event took a message up, so that it never counts as orphaned. */
  async joined(message: Pick<Message, "repositoryId" | "runId" | "messageId">): Promise<void> {
    await this.#table.update(
      messageKey(message),
      { joinedAt: iso(this.#clock.now()), ...dueKeys(message.runId, null) },
      IF_EXISTS,
    );
  }

  /** Removes a message, as an orphan or as one too many. */
  async removeMessage(message: Pick<Message, "repositoryId" | "runId" | "messageId">): Promise<void> {
    await this.#table.delete(messageKey(message));
  }

  /** Lists the stored records of a repository's runs, newest first; the index may lag. */
  async ofRepository(
    repositoryId: string,
    options: QueryOptions = {},
  ): Promise<Page<StoredEvent | StoredMessage>> {
    const { items, cursor } = await this.keysOfRepository(repositoryId, options);
    return { items: await this.#table.getMany<StoredEvent | StoredMessage>(items), cursor };
  }

  /**
   * Reads on among a repository's events, newest first; messages are passed over. A key is the moment
   * and the item.
   */
  async eventsAfter(repositoryId: string, { after, count }: PortionQuery): Promise<Portion<StoredEvent>> {
    const [receivedAt, pk, sk] = after?.split("/") ?? [];
    const page = await this.#table.page<{ receivedAt: string }>(
      { index: "byRepository", hash: ["repositoryId", repositoryId], range: "receivedAt" },
      {
        descending: true,
        limit: count,
        startAfter: receivedAt && pk && sk ? { pk, sk, repositoryId, receivedAt } : undefined,
      },
    );
    const last = page.cursor === null ? undefined : page.items.at(-1);
    const events = await this.#table.getMany<StoredEvent>(
      page.items.filter(({ sk }) => sk.startsWith("event#")),
    );
    const keyOf = (item: Key & { receivedAt: string }): string => `${item.receivedAt}/${item.pk}/${item.sk}`;
    return { items: events.map((one) => [keyOf(one), one]), next: last ? keyOf(last) : null };
  }

  /** Lists the keys of what {@link Runs.ofRepository} lists, and of what it leaves out since it cannot be read. */
  async keysOfRepository(repositoryId: string, options: QueryOptions = {}): Promise<Page<Key>> {
    return await this.#table.page<object>(
      { index: "byRepository", hash: ["repositoryId", repositoryId], range: "receivedAt" },
      { descending: true, ...options },
    );
  }

  /** Removes events and messages, as they were read or by their keys. */
  async removeAll(items: readonly (Key | StoredEvent | StoredMessage)[]): Promise<void> {
    await this.#table.deleteAll(items as readonly Key[]);
  }

  /** Sets back when events and messages are due that a clock which was ahead has stored; returns how many. */
  async setBack(): Promise<number> {
    const now = this.#clock.now();
    return await setBackDue<DueKeys>(this.#table, now, (item, ahead) =>
      this.#table.update(item, dueKeys(runIdOf(item), setBackMoment(item.dueAt, ahead, now) ?? null, now), [
        equals("dueAt", item.dueAt as string),
      ]),
    );
  }

  /** Lists events that are due for routing until a moment (ISO 8601), those of each shard in that order. */
  async eventsDueUntil(until: string, limitPerShard: number): Promise<StoredEvent[]> {
    const items = await pastDue<StoredEvent>(this.#table, until, limitPerShard);
    return items.filter(({ sk }) => sk.startsWith("event#"));
  }

  /** Events not yet routed and messages never joined that are past due. */
  async pastDue(limitPerShard: number): Promise<Run> {
    const at = this.#clock.now();
    const now = iso(at);
    const items = await pastDue<StoredEvent | StoredMessage>(this.#table, now, limitPerShard, (keys) =>
      readDue(this.#table, keys, at),
    );
    const due = items.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now);
    return {
      events: due.filter(({ sk }) => sk.startsWith("event#")) as Item<StoredEvent>[],
      messages: due.filter(({ sk }) => sk.startsWith("message#")) as Item<StoredMessage>[],
    };
  }
}
