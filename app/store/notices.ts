import { type Clock, DAY, epochSeconds } from "../domain/clock.ts";
import type { Notice, NoticeKey } from "../domain/records/notice.ts";
import { firstItems } from "./pages.ts";
import { equals, type Key, type Table } from "./ports.ts";

/** The time after which an unresolved notice is no longer shown. */
const NOTICE_TTL = 30 * DAY;
/** Notices of one repository that are read at most. */
const READ = 500;

const pkOf = (repositoryId: string): string => `notices#${repositoryId}`;

const keyOf = ({ repositoryId, kind, subject }: NoticeKey): Key => ({
  pk: pkOf(repositoryId),
  sk: `${kind}#${subject}`,
});

/** Stores the open notices of each repository: raised, and not yet resolved. */
export class Notices {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Opens a notice; of one kind and subject the last one stands. */
  async open(notice: Notice): Promise<void> {
    await this.#table.put({
      ...notice,
      ...keyOf(notice),
      expiresAt: epochSeconds(this.#clock.now() + NOTICE_TTL),
    });
  }

  async isOpen(key: NoticeKey): Promise<boolean> {
    return (await this.#table.get<Notice>(keyOf(key))) !== null;
  }

  async close(keys: readonly NoticeKey[]): Promise<void> {
    await this.#table.deleteAll(keys.map(keyOf));
  }

  /** Closes notices that still are as they were read: one that was raised anew meanwhile stays. */
  async closeAsRead(notices: readonly Notice[]): Promise<void> {
    await Promise.all(notices.map((one) => this.#table.delete(keyOf(one), [equals("at", one.at)])));
  }

  /** Removes all notices of a repository. */
  async removeAll(repositoryId: string): Promise<void> {
    await this.#table.deleteAll(await this.#table.all<object>({ hash: ["pk", pkOf(repositoryId)] }));
  }

  /** Lists the open notices of a repository, at most 500. */
  async list(repositoryId: string): Promise<Notice[]> {
    const of = { hash: ["pk", pkOf(repositoryId)] } as const;
    return await firstItems(READ, (cursor) => this.#table.page<Notice>(of, { limit: READ, cursor }));
  }
}
