import { createHash } from "node:crypto";
import { epochSeconds } from "../domain/clock.ts";
import type { Session } from "../domain/records/session.ts";
import { plain } from "./plain.ts";
import { type Item, ifVersion, type Key, type Table } from "./ports.ts";

/** Only a hash is stored: who reads the table cannot speak for anybody. */
const keyOf = (sessionId: string): Key => ({
  pk: `session#${createHash("sha256").update(sessionId).digest("base64url")}`,
  sk: "session",
});

const itemOf = (sessionId: string, session: Session): Item<Session> => ({
  ...session,
  ...keyOf(sessionId),
  expiresAt: epochSeconds(session.endsAt),
});

/** Sessions of the console. One that is past its end reads as gone. */
export class Sessions {
  readonly #table: Table;

  constructor(table: Table) {
    this.#table = table;
  }

  async get(sessionId: string): Promise<Session | null> {
    const item = await this.#table.get<Session>(keyOf(sessionId));
    return item ? plain(item) : null;
  }

  async put(sessionId: string, session: Session): Promise<void> {
    await this.#table.put(itemOf(sessionId, session));
  }

  /** Changes a session that still is as it was read; null where it changed or ended meanwhile. */
  async change(
    sessionId: string,
    before: Session,
    change: Partial<Omit<Session, "version">>,
  ): Promise<Session | null> {
    const after = { ...before, ...change, version: before.version + 1 };
    return (await this.#table.put(itemOf(sessionId, after), ifVersion(before.version))) ? after : null;
  }

  /** Ends a session; with `version` only while it still is as it was read. Says whether it did. */
  async remove(sessionId: string, version?: number): Promise<boolean> {
    return await this.#table.delete(keyOf(sessionId), version === undefined ? undefined : ifVersion(version));
  }
}
