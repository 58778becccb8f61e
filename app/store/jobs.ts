import { type Clock, DAY, epochSeconds, iso, MINUTE, SECOND, setBackMoment } from "../domain/clock.ts";
import { dueAgainAt } from "../domain/jobs/due-again.ts";
import { noticeIdOf } from "../domain/notices/notice.ts";
import type { Notice } from "../domain/records/notice.ts";
import { type DueKeys, dueKeys, pastDue, setBackDue } from "./due.ts";
import { pages } from "./pages.ts";
import { equals, type Item, type Key, type Table } from "./ports.ts";
import { type BackgroundJob, type JobMessage, MAX_DELAY_SECONDS, type Queues } from "./queues.ts";

/** The time for which a dead job can be looked up. */
const DEAD_TTL = 14 * DAY;
/** The time after which a job that was stored before its change is worked in any case. */
const ANYWAY = 1 * MINUTE;

/** A job as it is stored until it has ended. */
export interface StoredJob {
  ownerId: string;
  /** Names it among its owner's. */
  jobId: string;
  job: BackgroundJob;
  /** Differs with each write of the job: only a worker that has read this one may end it. */
  token: string;
  /** The moment before which it is not worked (ISO 8601). */
  notBefore: string;
  /** The moment at which the sweep enqueues it; absent of a dead one. */
  dueAt?: string;
  /** Times that the sweep enqueued it again since it was written. */
  enqueued: number;
  failures: number;
  writtenAt: string;
  /** When it was given up (ISO 8601). It stays due until that is recorded. */
  deadAt?: string;
}

/** Returns whether a job is to be worked still: it has neither ended nor been given up. */
export const isToDo = ({ dueAt, deadAt }: Pick<StoredJob, "dueAt" | "deadAt">): boolean =>
  dueAt !== undefined && deadAt === undefined;

const pkOf = (ownerId: string): string => `owner#${ownerId}`;
const keyOf = ({ ownerId, jobId }: Pick<StoredJob, "ownerId" | "jobId">): Key => ({
  pk: pkOf(ownerId),
  sk: jobId,
});
const dueAttributes = (
  { ownerId, jobId }: Pick<StoredJob, "ownerId" | "jobId">,
  dueAt: string | null,
  now?: number,
): DueKeys => dueKeys(`${ownerId}#${jobId}`, dueAt, now);

/** Names a job among its owner's. Where a later one does all that an earlier one would, it takes its place. */
function jobIdOf(job: BackgroundJob): string {
  switch (job.kind) {
    case "erasure":
      return "erasure";
    case "issue":
      return `issue#${job.repositoryId}`;
    case "notify":
      return `notify#${noticeIdOf(job.notice)}`;
    case "replay":
      return `replay#${job.jobId}`;
    default:
      return `${job.kind}#${crypto.randomUUID()}`;
  }
}

/**
 * Stores work that was promised until it has ended. The queue message only says that it is to be done now:
 * where that is lost, the sweep finds the job due. A job whose token has changed since it was read is
 * somebody else's by now, so ending or postponing it changes nothing.
 */
export class Jobs {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #queues: Queues;

  constructor(table: Table, clock: Clock, queues: Queues) {
    this.#table = table;
    this.#clock = clock;
    this.#queues = queues;
  }

  /** Stores jobs, and enqueues them once they are stored; not before `at`, in milliseconds since the epoch. */
  async enqueue(jobs: readonly BackgroundJob[], at = 0): Promise<void> {
    const items = jobs.map((job) => this.#item(job, jobIdOf(job), at));
    await this.#table.putAll(items);
    await this.#send(items);
  }

  /**
   * Makes a change, and enqueues the job that follows it. That is stored before the change as well, for a minute later:
   * once the change is made, a repetition may find nothing to do. For jobs of which the later takes the earlier's place.
   */
  async enqueueAfter<T>(job: BackgroundJob, change: () => Promise<T>): Promise<T> {
    await this.enqueue([job], this.#clock.now() + ANYWAY);
    const changed = await change();
    await this.enqueue([job]);
    return changed;
  }

  #item(job: BackgroundJob, jobId: string, at: number): Item<StoredJob> {
    const now = this.#clock.now();
    const notBefore = Math.max(now, at);
    const { ownerId } = job;
    // What is too far ahead for a queue message is enqueued by the sweep alone.
    const dueAt = iso(isSoon(notBefore - now) ? dueAgainAt(notBefore, 0) : notBefore);
    return {
      ...keyOf({ ownerId, jobId }),
      ...dueAttributes({ ownerId, jobId }, dueAt, now),
      ownerId,
      jobId,
      job,
      token: crypto.randomUUID(),
      notBefore: iso(notBefore),
      enqueued: 0,
      failures: 0,
      writtenAt: iso(now),
    };
  }

  async #send(jobs: readonly StoredJob[]): Promise<void> {
    const now = this.#clock.now();
    const messages = jobs
      .map(({ ownerId, jobId, notBefore }) => ({ ownerId, job: jobId, wait: Date.parse(notBefore) - now }))
      .filter(({ wait }) => isSoon(wait))
      .map(({ wait, ...message }) => ({ ...message, delaySeconds: Math.max(0, Math.ceil(wait / SECOND)) }));
    if (messages.length > 0) await this.#queues.enqueueJobs(messages);
  }

  /** Reads the job that a queue message names; null where it has ended. */
  async get({ ownerId, job }: Pick<JobMessage, "ownerId" | "job">): Promise<StoredJob | null> {
    return await this.#table.get<StoredJob>(keyOf({ ownerId, jobId: job }));
  }

  /** Ends a job. */
  async remove(stored: StoredJob): Promise<void> {
    await this.#table.delete(keyOf(stored), [equals("token", stored.token)]);
  }

  /** Puts what is left to do in the place of a job, and enqueues it; not before `at`, in milliseconds since the epoch. */
  async replace(stored: StoredJob, left: BackgroundJob, at = 0): Promise<void> {
    const item = this.#item(left, stored.jobId, at);
    if (await this.#table.put(item, [equals("token", stored.token)])) await this.#send([item]);
  }

  /** Counts a failure of a job, which is due again after a wait. */
  async recordFailure(stored: StoredJob): Promise<void> {
    const failures = stored.failures + 1;
    const now = this.#clock.now();
    const due = dueAttributes(stored, iso(dueAgainAt(now, failures - 1)), now);
    await this.#table.update(keyOf(stored), { failures, ...due }, [equals("token", stored.token)]);
  }

  /**
   * Gives up a job that cannot be done. It is worked no more, and due until {@link Jobs.leaveDead}. Returns it as it is
   * then; null where it is somebody else's by now.
   */
  async bury(stored: StoredJob): Promise<(StoredJob & { deadAt: string }) | null> {
    const now = this.#clock.now();
    const { failures } = stored;
    const due = dueAttributes(stored, iso(dueAgainAt(now, 0)), now);
    const change = { failures, token: crypto.randomUUID(), deadAt: iso(now), ...due };
    return await this.#table.update(keyOf(stored), change, [equals("token", stored.token)]);
  }

  /** Removes a dead job from the due index; it can be read for 14 days. */
  async leaveDead(dead: StoredJob): Promise<void> {
    const change = { ...dueAttributes(dead, null), expiresAt: epochSeconds(this.#clock.now() + DEAD_TTL) };
    await this.#table.update(keyOf(dead), change, [equals("token", dead.token)]);
  }

  /** Lists jobs that are past due, each read again from the table. */
  async pastDue(limitPerShard: number): Promise<StoredJob[]> {
    const now = iso(this.#clock.now());
    const items = await pastDue<StoredJob>(this.#table, now, limitPerShard);
    return items.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now);
  }

  /** Lists jobs that are due until a moment (ISO 8601), those of each shard in that order. */
  async dueUntil(until: string, limitPerShard: number): Promise<StoredJob[]> {
    return await pastDue<StoredJob>(this.#table, until, limitPerShard);
  }

  /**
   * Makes a job due again after a wait, should the queue message that it is given now be lost too. Returns it as it is
   * then; null where it is somebody else's by now.
   */
  async recordEnqueued(stored: StoredJob): Promise<StoredJob | null> {
    const now = this.#clock.now();
    const enqueued = stored.enqueued + 1;
    const change = { enqueued, ...dueAttributes(stored, iso(dueAgainAt(now, enqueued)), now) };
    return await this.#table.update<StoredJob>(keyOf(stored), change, [equals("token", stored.token)]);
  }

  /** Enqueues jobs that are stored already. */
  async enqueueStored(jobs: readonly StoredJob[]): Promise<void> {
    await this.#send(jobs);
  }

  /** Sets back when jobs are due that a clock which was ahead has written; returns how many. */
  async setBack(): Promise<number> {
    const now = this.#clock.now();
    return await setBackDue<StoredJob & DueKeys>(this.#table, now, (stored, ahead) =>
      this.#table.update(
        keyOf(stored),
        {
          notBefore: setBackMoment(stored.notBefore, ahead, now),
          writtenAt: setBackMoment(stored.writtenAt, ahead, now),
          ...dueAttributes(stored, setBackMoment(stored.dueAt, ahead, now) ?? null, now),
        },
        [equals("token", stored.token)],
      ),
    );
  }

  /** Lists an owner's jobs that have not ended, dead ones too, page by page. */
  async *ofOwner(ownerId: string): AsyncGenerator<StoredJob[]> {
    const of = { hash: ["pk", pkOf(ownerId)] } as const;
    yield* pages((cursor) => this.#table.page<StoredJob>(of, { cursor }));
  }

  /** Lists the notices of a repository that are yet to be sent; where given, only those of a kind and subject. */
  async ofNotices(
    { repositoryId, ownerId }: Pick<Notice, "repositoryId" | "ownerId">,
    of?: Pick<Notice, "kind" | "subject">,
  ): Promise<StoredJob[]> {
    const begin = of ? noticeIdOf({ repositoryId, ...of, at: "" }) : `notice-${repositoryId}-`;
    const found = await this.#table.all<StoredJob>(
      { hash: ["pk", pkOf(ownerId)] },
      { beginsWith: `notify#${begin}` },
    );
    return found.filter(
      ({ job }) =>
        job.kind === "notify" && (!of || (job.notice.kind === of.kind && job.notice.subject === of.subject)),
    );
  }

  /** Removes jobs, whatever became of them since they were read. */
  async removeAll(jobs: readonly StoredJob[]): Promise<void> {
    await this.#table.deleteAll(jobs.map(keyOf));
  }
}

/** Returns whether a queue message can wait so long, in milliseconds. */
const isSoon = (wait: number): boolean => wait <= MAX_DELAY_SECONDS * SECOND;
