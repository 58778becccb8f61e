import { type Clock, DAY, epochSeconds } from "../domain/clock.ts";
import type { ReplayJob } from "../domain/records/replay-job.ts";
import { plain } from "./plain.ts";
import { IF_ABSENT, ifVersion, type Key, type Table } from "./ports.ts";

/** A job can be looked up for so long after it last moved. */
const KEPT = 30 * DAY;

const keyOf = (jobId: string): Key => ({ pk: `replay#${jobId}`, sk: "replay" });

/** Bulk replays, each one item. */
export class ReplayJobs {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async get(jobId: string): Promise<ReplayJob | null> {
    const item = await this.#table.get<ReplayJob>(keyOf(jobId));
    return item && plain(item);
  }

  async add(job: ReplayJob): Promise<void> {
    await this.#table.put(this.#item(job), IF_ABSENT);
  }

  /** Replaces a job by its next state; null where somebody else moved it since it was read. */
  async replace(before: ReplayJob, after: ReplayJob): Promise<ReplayJob | null> {
    const next = { ...after, version: before.version + 1 };
    return (await this.#table.put(this.#item(next), ifVersion(before.version))) ? next : null;
  }

  async remove(jobId: string): Promise<void> {
    await this.#table.delete(keyOf(jobId));
  }

  #item(job: ReplayJob) {
    return { ...job, ...keyOf(job.jobId), expiresAt: epochSeconds(this.#clock.now() + KEPT) };
  }
}
