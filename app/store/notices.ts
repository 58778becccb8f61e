import { type Clock, DAY, epochSeconds } from "../domain/clock.ts";
import type { Notice, NoticeKey } from "../domain/records/notice.ts";
import type { Key, Table } from "./ports.ts";

/** What nobody saw to in this time is told no more. */
const NOTICE_TTL = 30 * DAY;
/** Notices of one repository that are read at most. */
const READ = 500;

const pkOf = (repositoryId: string): string => `notices#${repositoryId}`;

const keyOf = ({ repositoryId, kind, subject }: NoticeKey): Key => ({
  pk: pkOf(repositoryId),
  sk: `${kind}#${subject}`,
});

/** What is open at each repository: what its people were told of and have not seen to yet. */
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

  /** What is open at a repository, at most 500. */
  async list(repositoryId: string): Promise<Notice[]> {
    return (await this.#table.page<Notice>({ hash: ["pk", pkOf(repositoryId)] }, { limit: READ })).items;
  }
}
