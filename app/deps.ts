import type { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import type { Clock } from "./domain/clock.ts";
import type { EventCost } from "./domain/installations/account.ts";
import type { GitHub } from "./github/client.ts";
import type { HookSecrets } from "./github/hook-secrets.ts";
import type { GitHubLinks } from "./github/links.ts";
import type { OidcVerifier } from "./github/oidc.ts";
import type { GitHubSignIn } from "./github/sign-in.ts";
import type { GitHubUsers } from "./github/users.ts";
import type { Seal } from "./store/seal.ts";
import type { IntakeStore, Store } from "./store/store.ts";

/** What every step works with. */
export interface WorkerDeps {
  settings: Settings;
  clock: Clock;
  log: Logger;
  store: Store;
  github: GitHub;
  links: GitHubLinks;
  /** What an event costs its provider, unless its owner says otherwise. */
  cost: EventCost;
  oidc: OidcVerifier;
  users: GitHubUsers;
  signIn: GitHubSignIn;
  hookSecrets: HookSecrets;
  /** Repositories, or `app`, whose webhooks this process could not take in: their logs are read soon. */
  failedWebhooks: Set<string>;
  seal: Seal;
  /** What workflow files listen to, by repository, commit and path: that never changes. */
  workflowTypes: LRUCache<string, { types: string[] | null }>;
}

/** What taking in webhooks needs of it: as little as can be, since GitHub waits and the function starts cold. */
export type IntakeDeps = Pick<WorkerDeps, "clock" | "log" | "hookSecrets" | "failedWebhooks"> & {
  store: IntakeStore;
};

/** What steps need to know of the deployment they run in. */
export interface Settings {
  /** The deployment's own origin, as GitHub and consumers reach it. */
  publicUrl: string;
  /** Where a repository's own webhook is to be sent. */
  repositoryWebhookUrl(repositoryId: string): string;
  /** Where the pictures of users and organisations are. */
  avatarOrigins: readonly string[];
  /** GitHub as people open it: `https://github.com`, or the Enterprise Server's address. */
  githubWebUrl: string;
  /** Whether notifications may go to private addresses and over plain HTTP. */
  privateReceivers: boolean;
  /** The App's bot as it appears as an actor: `zekt[bot]`. */
  botLogin: string;
  /** Events a workflow may have in an hour before its chain is taken for a loop that cannot be seen. */
  breakerLimit: number;
  /**
   * Names this worker's process where no other works on the same store: then a lease of another
   * process is one of a process that died, and need not be waited for. Null where many work.
   */
  soleWorker: string | null;
}
