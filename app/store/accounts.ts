import { bare } from "../domain/catalog/alias.ts";
import { type Clock, iso, setBackMoment, wasAhead } from "../domain/clock.ts";
import type { Account } from "../domain/records/account.ts";
import type { NotificationChoice } from "../domain/records/notification-choice.ts";
import type { PlacedHook, Repository } from "../domain/records/repository.ts";
import type { ShieldKey } from "../domain/records/shield-key.ts";
import { type DueKeys, dueKeys, pagesPastDue, pastDue, setBackDue } from "./due.ts";
import {
  absent,
  absentOrAtMost,
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

const accountKey = (ownerId: string): Key => ({ pk: `account#${ownerId}`, sk: "account" });
const repositoryKey = (repositoryId: string): Key => ({ pk: `repository#${repositoryId}`, sk: "repository" });

const loginKey = (login: string): string => `login#${login.toLowerCase()}`;
const bareKey = (login: string): string => `login#${bare(login)}`;

/** Index attributes by which an account is found by its login, and by names that look like it. */
const accountIndex = (account: Pick<Account, "login" | "ownerId">) => ({
  namePk: bareKey(account.login),
  nameSk: account.ownerId,
});

/** Index attributes by which a repository is found by its owner and by its name. */
const repositoryIndex = (repository: Pick<Repository, "ownerId" | "repositoryId" | "fullName">) => ({
  ownerPk: `owner#${repository.ownerId}`,
  ownerSk: repository.repositoryId,
  namePk: `name#${repository.fullName.toLowerCase()}`,
  nameSk: repository.repositoryId,
});

type Due = Repository & DueKeys;

const NEW_ACCOUNT = {
  type: "User",
  verified: false,
  installationId: null,
  installation: "none",
  permissions: {},
} satisfies Partial<Account>;

const NEW_REPOSITORY = {
  private: false,
  defaultBranch: "main",
  installationId: null,
  reachable: false,
  provider: false,
  consumer: false,
  tracking: false,
  hook: null,
  hookProblem: null,
  managedBy: null,
  confirmedAt: null,
} satisfies Partial<Repository>;

/** Holds unless the stored answer is of a later request to GitHub than the one of `askedAt`. */
const ifNotNewer = (askedAt: string): Condition => [absentOrAtMost("askedAt", askedAt)];

/** Owners on GitHub and the repositories the App is, or was, installed on. */
export class Accounts {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  async getAccount(ownerId: string): Promise<Account | null> {
    return await this.#table.get<Account>(accountKey(ownerId));
  }

  /** Sets the attributes given of an account that is known, and keeps the others. Returns null where it is not known. */
  async changeAccount(account: Pick<Account, "ownerId"> & Partial<Account>): Promise<Account | null> {
    return await this.#updateAccount(account);
  }

  /** Sets what GitHub said when it was asked at `askedAt`; false, and nothing changed, where it was asked later since. */
  async recordAccount(
    account: Pick<Account, "ownerId" | "login"> & Partial<Account>,
    askedAt: string,
  ): Promise<boolean> {
    const learnt = { ...account, askedAt };
    for (;;) {
      if (await this.#updateAccount(learnt, ifNotNewer(askedAt))) return true;
      const standing = await this.getAccount(account.ownerId);
      if (!standing) {
        if (await this.#addAccount(learnt)) return true;
      } else if (this.#isAhead(standing.askedAt)) {
        if (await this.#updateAccount(learnt, [equals("askedAt", standing.askedAt)])) return true;
      } else if ((standing.askedAt ?? "") > askedAt) return false;
    }
  }

  /** Returns whether GitHub was asked by a clock that has been set back since: what it said then is no newer. */
  #isAhead(askedAt: string | undefined): askedAt is string {
    // A moment in ISO 8601 begins it.
    return askedAt !== undefined && wasAhead(Date.parse(askedAt.slice(0, 24)), this.#clock.now()) > 0;
  }

  async #updateAccount(
    { ownerId, ...change }: Pick<Account, "ownerId"> & Partial<Account>,
    condition: Condition = [],
  ): Promise<Account | null> {
    const { login } = change;
    const index = login === undefined ? {} : accountIndex({ ownerId, login });
    return await this.#table.update<Account>(
      accountKey(ownerId),
      { ...change, ...index, updatedAt: iso(this.#clock.now()) },
      [exists, ...condition],
    );
  }

  async #addAccount(account: Pick<Account, "ownerId" | "login"> & Partial<Account>): Promise<Account | null> {
    const item: Item<Account> = {
      ...NEW_ACCOUNT,
      ...account,
      ...accountKey(account.ownerId),
      ...accountIndex(account),
      updatedAt: iso(this.#clock.now()),
    };
    return (await this.#table.put(item, IF_ABSENT)) ? item : null;
  }

  async removeAccount(ownerId: string): Promise<void> {
    await this.#table.delete(accountKey(ownerId));
  }

  /** Lists the accounts whose login looks like a name, as the index knows them by now. */
  async accountsLike(name: string): Promise<Account[]> {
    // An account last written by an earlier version is in the index by its login.
    const earlier = [name, name.replace(/[^A-Za-z0-9]+/g, "-")].map(loginKey);
    const keys = new Set([bareKey(name), ...earlier]);
    const found = await Promise.all(
      [...keys].map((key) => this.#table.all<Account>({ index: "byName", hash: ["namePk", key] })),
    );
    const ids = new Set(found.flat().map(({ ownerId }) => ownerId));
    const accounts = await this.#table.getMany<Account>([...ids].map(accountKey));
    return accounts.filter(({ login }) => bare(login) === bare(name));
  }

  async getRepository(repositoryId: string): Promise<Repository | null> {
    return await this.#table.get<Repository>(repositoryKey(repositoryId));
  }

  async getRepositories(repositoryIds: readonly string[]): Promise<Repository[]> {
    return await this.#table.getMany<Repository>([...new Set(repositoryIds)].map(repositoryKey));
  }

  /**
   * Sets the attributes given of a repository that is known, and keeps the others. Each write touches only its own, so
   * that two writers of different facts do not undo one another.
   *
   * @throws Error where it is not known
   */
  async setRepository(
    repository: Pick<Repository, "repositoryId"> & Partial<Repository>,
  ): Promise<Repository> {
    const known = await this.#updateRepository(repository);
    if (!known) throw new Error(`Repository ${repository.repositoryId} is not known.`);
    return known;
  }

  /** Sets the attributes given of a repository that is known, and keeps the others. Returns null where it is not known. */
  async changeRepository(
    repository: Pick<Repository, "repositoryId"> & Partial<Repository>,
  ): Promise<Repository | null> {
    return await this.#updateRepository(repository);
  }

  /**
   * Sets what GitHub said of a known repository when it was asked at `askedAt`. Returns null, and changes nothing,
   * where the repository is not known or was asked about later.
   */
  async recordKnownRepository(
    repository: Pick<Repository, "repositoryId"> & Partial<Repository>,
    askedAt: string,
  ): Promise<Repository | null> {
    const { repositoryId } = repository;
    const learnt = { ...repository, askedAt };
    for (;;) {
      const known = await this.#updateRepository(learnt, ifNotNewer(askedAt));
      if (known) return known;
      const standing = await this.getRepository(repositoryId);
      if (!standing) return null;
      if (this.#isAhead(standing.askedAt)) {
        const set = await this.#updateRepository(learnt, [equals("askedAt", standing.askedAt)]);
        if (set) return set;
      } else if ((standing.askedAt ?? "") > askedAt) return null;
    }
  }

  /** Does as {@link recordKnownRepository}, and adds a repository not known before. */
  async recordRepository(
    repository: Pick<Repository, "repositoryId" | "ownerId" | "fullName"> & Partial<Repository>,
    askedAt: string,
  ): Promise<Repository | null> {
    for (;;) {
      const known = await this.recordKnownRepository(repository, askedAt);
      if (known) return known;
      const added = await this.#addRepository({ ...repository, askedAt });
      if (added) return added;
      const standing = await this.getRepository(repository.repositoryId);
      if (standing && (standing.askedAt ?? "") > askedAt) return null;
    }
  }

  async #updateRepository(
    { repositoryId, ...change }: Pick<Repository, "repositoryId"> & Partial<Repository>,
    condition: Condition = [],
  ): Promise<Repository | null> {
    const { ownerId, fullName } = change;
    const index =
      ownerId !== undefined && fullName !== undefined
        ? repositoryIndex({ repositoryId, ownerId, fullName })
        : {};
    return await this.#table.update<Repository>(
      repositoryKey(repositoryId),
      { ...change, ...index, updatedAt: iso(this.#clock.now()) },
      [exists, ...condition],
    );
  }

  async #addRepository(
    repository: Pick<Repository, "repositoryId" | "ownerId" | "fullName"> & Partial<Repository>,
  ): Promise<Repository | null> {
    const item = {
      ...NEW_REPOSITORY,
      ...repository,
      ...repositoryKey(repository.repositoryId),
      ...repositoryIndex(repository),
      updatedAt: iso(this.#clock.now()),
    } as Item<Repository>;
    return (await this.#table.put(item, IF_ABSENT)) ? item : null;
  }

  /**
   * Changes the record of a repository's webhook by one conditional write. `next` gets it as it is, and is called
   * again whenever somebody else changed it first. Null where the repository is gone.
   */
  async changeHook(
    repositoryId: string,
    next: (hook: PlacedHook | null) => Pick<Repository, "hook"> & Partial<Pick<Repository, "hookProblem">>,
  ): Promise<Repository | null> {
    return await this.#changePart(repositoryId, "hookVersion", ({ hook }) => next(hook));
  }

  /**
   * Changes the public keys of a repository by one conditional write. `next` gets them as they are, and is called again
   * whenever somebody else changed them first. Null where the repository is gone.
   */
  async changeShieldKeys(
    repositoryId: string,
    next: (keys: readonly ShieldKey[]) => ShieldKey[],
  ): Promise<Repository | null> {
    return await this.#changePart(repositoryId, "shieldKeysVersion", ({ shieldKeys = [] }) => ({
      shieldKeys: next(shieldKeys),
    }));
  }

  /**
   * Changes the way that a repository's people are notified by one conditional write. `next` gets it as it is, returns
   * null to leave it so, and is called again whenever somebody else changed it first. Null where the repository is gone.
   */
  async changeNotifications(
    repositoryId: string,
    next: (choice: NotificationChoice | null) => NotificationChoice | null,
  ): Promise<Repository | null> {
    return await this.#changePart(repositoryId, "notificationsVersion", ({ notifications = null }) => {
      const choice = next(notifications);
      return choice && { notifications: choice };
    });
  }

  /** Changes a part of a repository that several write, as long as it has the same owner. */
  async #changePart(
    repositoryId: string,
    counter: "hookVersion" | "shieldKeysVersion" | "notificationsVersion",
    next: (before: Repository) => Partial<Repository> | null,
  ): Promise<Repository | null> {
    for (;;) {
      const before = (await this.getRepository(repositoryId)) as
        | (Repository & Partial<Record<typeof counter, number>>)
        | null;
      const change = before && next(before);
      if (!before || !change) return before;
      const { ownerId, [counter]: version = 0 } = before;
      const changed = await this.#updateRepository(
        { repositoryId, ...change, [counter]: version + 1 } as never,
        [equals("ownerId", ownerId), version === 0 ? absent(counter) : equals(counter, version)],
      );
      if (changed) return changed;
    }
  }

  async removeRepository(repositoryId: string): Promise<void> {
    await this.#table.delete(repositoryKey(repositoryId));
  }

  /** An owner's repositories, as the index knows them by now. */
  async listRepositories(ownerId: string, options: QueryOptions = {}): Promise<Page<Repository>> {
    return await this.#table.page<Repository>(
      { index: "byOwner", hash: ["ownerPk", `owner#${ownerId}`] },
      options,
    );
  }

  /** All of an owner's repositories. */
  async allRepositories(ownerId: string): Promise<Repository[]> {
    return await this.#table.all<Repository>({ index: "byOwner", hash: ["ownerPk", `owner#${ownerId}`] });
  }

  /**
   * Finds a repository by `owner/name`, as the index knows it by now. Of several it is the one that the App reaches, and
   * that GitHub was asked about last. The others may have another name by now, of which nobody told.
   */
  async findRepository(fullName: string): Promise<Repository | null> {
    const name = fullName.toLowerCase();
    const named = await this.#table.all<Repository>({ index: "byName", hash: ["namePk", `name#${name}`] });
    const known = await this.getRepositories(named.map(({ repositoryId }) => repositoryId));
    const found = known.filter((one) => one.fullName.toLowerCase() === name);
    const rank = ({ reachable, askedAt = "" }: Repository): string => `${reachable ? 1 : 0}${askedAt}`;
    return found.sort((a, b) => (rank(a) < rank(b) ? 1 : -1))[0] ?? null;
  }

  /** Sets when a repository's webhook is to be looked after next, and notes when that was done where it just was; null for never. */
  async scheduleRepository(repositoryId: string, dueAt: string | null, lookedAt?: string): Promise<void> {
    const change = { ...dueKeys(repositoryId, dueAt, this.#clock.now()), ...(lookedAt ? { lookedAt } : {}) };
    await this.#table.update(repositoryKey(repositoryId), change, IF_EXISTS);
  }

  /** Sets back when webhooks are due that a clock which was ahead has scheduled; returns how many. */
  async setBack(): Promise<number> {
    const now = this.#clock.now();
    return await setBackDue<Due>(this.#table, now, (item, ahead) =>
      this.scheduleRepository(item.repositoryId, setBackMoment(item.dueAt, ahead, now) ?? null),
    );
  }

  /** Records since when (ISO 8601) runs of a repository may have been missed, and has its webhook looked after at a moment. */
  async recordMissedSince(repositoryId: string, missedSince: string, dueAt: string): Promise<void> {
    const now = this.#clock.now();
    const change = { missedSince, ...dueKeys(repositoryId, dueAt, now) };
    await this.#table.update(repositoryKey(repositoryId), change, IF_EXISTS);
  }

  /** Repositories whose webhook wants looking after. */
  async pastDue(limitPerShard: number): Promise<Repository[]> {
    const now = iso(this.#clock.now());
    const items = await pastDue<Due>(this.#table, now, limitPerShard);
    return items.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now);
  }

  /** Repositories, at most `limit`, whose webhook is due `by` a moment to come and was not looked after `since` one that was. */
  async dueBy(by: string, since: string, limit: number): Promise<Repository[]> {
    const found: Repository[] = [];
    for await (const keys of pagesPastDue(this.#table, by)) {
      const items = await this.#table.getMany<Due>(keys);
      found.push(...items.filter(({ dueAt, lookedAt = "" }) => dueAt && dueAt <= by && lookedAt < since));
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  }
}
