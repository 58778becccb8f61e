import type { Clock } from "./clock.ts";
import { KeyPairs } from "./key-pairs.ts";
import { DEFAULT_SETTINGS, type Settings } from "./settings.ts";
import type {
  Account,
  App,
  Commit,
  Hook,
  Installation,
  InstallationToken,
  Repository,
  Role,
  Run,
  UserToken,
} from "./state.ts";

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Everything this GitHub knows. */
export class World {
  readonly clock: Clock;
  url = "";
  settings: Settings = { ...DEFAULT_SETTINGS };
  localActions: Record<string, string> = {};
  readonly accounts = new Map<number, Account>();
  readonly repositories = new Map<number, Repository>();
  /** Names that repositories had, in lower case, to their ids. */
  readonly formerNames = new Map<string, number>();
  readonly apps = new Map<number, App>();
  readonly installations = new Map<number, Installation>();
  readonly tokens = new Map<string, InstallationToken | UserToken>();
  readonly runs = new Map<number, Run>();
  /** Those that its Apps and its OIDC tokens are signed by. */
  readonly keyPairs = new KeyPairs();
  #nextId = 1000;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Forgets everything but its address and its clock. */
  clear(): void {
    for (const map of [this.accounts, this.repositories, this.apps, this.installations, this.runs])
      map.clear();
    this.formerNames.clear();
    this.tokens.clear();
    this.settings = { ...DEFAULT_SETTINGS };
  }

  id(): number {
    return this.#nextId++;
  }

  /** Ids of runs and webhook deliveries, too big for 32 bits as GitHub's are. */
  bigId(): number {
    return 17_000_000_000 + this.#nextId++;
  }

  account(login: string): Account | undefined {
    return [...this.accounts.values()].find((account) => sameText(account.login, login));
  }

  owner(repository: Repository): Account {
    return this.accounts.get(repository.ownerId) as Account;
  }

  appOf(installation: Installation): App {
    return this.apps.get(installation.appId) as App;
  }

  fullName(repository: Repository): string {
    return `${this.owner(repository).login}/${repository.name}`;
  }

  repository(fullName: string): Repository | undefined {
    return [...this.repositories.values()].find((repository) =>
      sameText(this.fullName(repository), fullName),
    );
  }

  /** The commit a branch is at, the default branch's unless named. */
  head(repository: Repository, branch = repository.defaultBranch): Commit | undefined {
    return repository.commits.get(repository.branches.get(branch) ?? "");
  }

  /** The commit that a branch, a tag, a full ref or a SHA means; of a branch and a tag of one name, the branch's. */
  commit(repository: Repository, ref = repository.defaultBranch): Commit | undefined {
    const [, kind, name = ref] = /^refs\/(heads|tags)\/(.+)$/s.exec(ref) ?? [];
    const ofBranch = kind === "tags" ? undefined : this.head(repository, name);
    const ofTag = kind === "heads" ? undefined : repository.tags.get(name);
    return ofBranch ?? repository.commits.get(ofTag ?? ref);
  }

  /**
   * Returns whether all servers know by now of what came at a moment, where they learn it `delay` milliseconds late. What
   * seems to come later, since the clock was set back, is known.
   */
  isKnown(at: number, delay: number): boolean {
    const age = this.clock.now() - at;
    return age < 0 || age >= delay;
  }

  /** Returns whether an installation reaches a repository. */
  reaches(installation: Installation, repository: Repository): boolean {
    return (
      installation.accountId === repository.ownerId &&
      (installation.selection === "all" || installation.repositoryIds.has(repository.id))
    );
  }

  repositoriesOf(installation: Installation): Repository[] {
    return [...this.repositories.values()].filter((repository) => this.reaches(installation, repository));
  }

  installationOf(appId: number, accountId: number): Installation | undefined {
    return [...this.installations.values()].find((one) => one.appId === appId && one.accountId === accountId);
  }

  /** The role a user was given on a repository; null where they have at most what everybody has. */
  grantedRole(userId: number, repository: Repository): Role | null {
    if (repository.ownerId === userId) return "admin";
    if (this.owner(repository).members.get(userId) === "admin") return "admin";
    return repository.collaborators.get(userId) ?? null;
  }

  /** A user's role on a repository; everybody reads a public one. */
  role(userId: number, repository: Repository): Role | null {
    return this.grantedRole(userId, repository) ?? (repository.private ? null : "read");
  }

  workflowId(repository: Repository, path: string): number {
    const known = repository.workflowIds.get(path) ?? this.id();
    repository.workflowIds.set(path, known);
    return known;
  }

  /** Every webhook there is, of Apps and of repositories. */
  hooks(): Hook[] {
    return [
      ...[...this.apps.values()].map(({ hook }) => hook),
      ...[...this.repositories.values()].flatMap(({ hooks }) => hooks),
    ];
  }
}
