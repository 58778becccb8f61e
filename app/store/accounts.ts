import type { Account, Repository } from "../domain/account.ts";
import { type Clock, iso } from "../domain/clock.ts";
import { dueKeys, pastDue } from "./due.ts";
import type { Item, Key, Page, QueryOptions, Table } from "./table.ts";

const accountKey = (ownerId: string): Key => ({ pk: `account#${ownerId}`, sk: "account" });
const repositoryKey = (repositoryId: string): Key => ({ pk: `repository#${repositoryId}`, sk: "repository" });

/** Index attributes by which an account is found by its login. */
const accountIndex = (account: Pick<Account, "login" | "ownerId">) => ({
  namePk: `login#${account.login.toLowerCase()}`,
  nameSk: account.ownerId,
});

/** Index attributes by which a repository is found by its owner and by its name. */
const repositoryIndex = (repository: Pick<Repository, "ownerId" | "repositoryId" | "fullName">) => ({
  ownerPk: `owner#${repository.ownerId}`,
  ownerSk: repository.repositoryId,
  namePk: `name#${repository.fullName.toLowerCase()}`,
  nameSk: repository.repositoryId,
});

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

  /** Sets what is given and keeps the rest; a new account starts without an installation. */
  async saveAccount(account: Pick<Account, "ownerId" | "login"> & Partial<Account>): Promise<Account> {
    const before = await this.getAccount(account.ownerId);
    const item: Item<Account> = {
      type: "User",
      verified: false,
      installationId: null,
      installation: "none",
      permissions: {},
      ...before,
      ...account,
      ...accountKey(account.ownerId),
      ...accountIndex(account),
      updatedAt: iso(this.#clock.now()),
    };
    await this.#table.put(item);
    return item;
  }

  async removeAccount(ownerId: string): Promise<void> {
    await this.#table.delete(accountKey(ownerId));
  }

  /** Finds an account by login, as the index knows it by now. */
  async findAccount(login: string): Promise<Account | null> {
    const { items } = await this.#table.page<Account>(
      { index: "byName", hash: ["namePk", `login#${login.toLowerCase()}`] },
      { limit: 1 },
    );
    return items[0] ? await this.getAccount(items[0].ownerId) : null;
  }

  async getRepository(repositoryId: string): Promise<Repository | null> {
    return await this.#table.get<Repository>(repositoryKey(repositoryId));
  }

  async getRepositories(repositoryIds: readonly string[]): Promise<Repository[]> {
    return await this.#table.getMany<Repository>([...new Set(repositoryIds)].map(repositoryKey));
  }

  /**
   * Sets the attributes given and keeps the others, each write touching only its own, so that two
   * writers of different facts do not undo one another. A repository not known before begins disabled.
   */
  async saveRepository(
    repository: Pick<Repository, "repositoryId"> & Partial<Repository>,
  ): Promise<Repository> {
    const { repositoryId, ...change } = repository;
    const key = repositoryKey(repositoryId);
    const updatedAt = iso(this.#clock.now());
    const index =
      change.ownerId !== undefined && change.fullName !== undefined
        ? repositoryIndex({ repositoryId, ownerId: change.ownerId, fullName: change.fullName })
        : {};
    const known = await this.#table.update<Repository>(
      key,
      { ...change, ...index, updatedAt },
      { ConditionExpression: "attribute_exists(pk)" },
    );
    if (known) return known;
    if (change.ownerId === undefined || change.fullName === undefined) {
      throw new Error(`Repository ${repositoryId} is not known, so its owner and name must be given.`);
    }
    const item = {
      ...NEW_REPOSITORY,
      ...change,
      repositoryId,
      ...key,
      ...index,
      updatedAt,
    } as Item<Repository>;
    const added = await this.#table.put(item, { ConditionExpression: "attribute_not_exists(pk)" });
    return added ? item : await this.saveRepository(repository);
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

  /** Finds a repository by `owner/name`, as the index knows it by now. */
  async findRepository(fullName: string): Promise<Repository | null> {
    const { items } = await this.#table.page<Repository>(
      { index: "byName", hash: ["namePk", `name#${fullName.toLowerCase()}`] },
      { limit: 1 },
    );
    return items[0] ? await this.getRepository(items[0].repositoryId) : null;
  }

  /** Sets when a repository's webhook is to be looked after next; null for never. */
  async scheduleRepository(repositoryId: string, dueAt: string | null): Promise<void> {
    await this.#table.update(repositoryKey(repositoryId), dueKeys(repositoryId, dueAt), {
      ConditionExpression: "attribute_exists(pk)",
    });
  }

  /** Repositories whose webhook wants looking after. */
  async pastDue(limitPerShard: number): Promise<Repository[]> {
    const now = iso(this.#clock.now());
    const items = await this.#table.getMany<Repository & { dueAt?: string }>(
      await pastDue(this.#table, now, limitPerShard),
    );
    return items.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now);
  }
}
