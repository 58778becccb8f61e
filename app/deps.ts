import type { LRUCache } from "lru-cache";
import type { Clock } from "./domain/clock.ts";
import type { FileMarks, ReadFile } from "./domain/delivery/dispatch-types.ts";
import type { WorkflowHazards } from "./domain/delivery/workflow-hazards.ts";
import type { SecretIds } from "./domain/ids.ts";
import type { Traces } from "./domain/insight/trace-context.ts";
import type { EventCost } from "./domain/records/account.ts";
import type { GitHub } from "./github/client.ts";
import type { HookSecrets } from "./github/hook-secrets.ts";
import type { GitHubLinks } from "./github/links.ts";
import type { OidcVerifier } from "./github/oidc.ts";
import type { GitHubSignIn } from "./github/sign-in.ts";
import type { GitHubUsers } from "./github/users.ts";
import type { Log } from "./log/events.ts";
import type { WorkStats } from "./store/ports.ts";
import type { Seal } from "./store/seal.ts";
import type { IntakeStore, Store } from "./store/store.ts";

/** Receives webhooks: as little as can be, since GitHub waits and the function starts cold. */
export interface IntakeDeps {
  clock: Clock;
  log: Log;
  store: IntakeStore;
  hookSecrets: HookSecrets;
  ids: SecretIds;
  /** Repositories, or `app`, whose webhooks this process failed to receive: their logs are read soon. */
  failedWebhooks: Set<string>;
  /** The receiver of traces' spans; null where none are made. */
  traces: Traces | null;
}

/** Works in the background: queue messages and the minute's schedule. Holds no secret of people who sign in. */
export interface WorkerDeps extends IntakeDeps {
  settings: Settings;
  store: Store;
  github: GitHub;
  /** Event types that workflow files listen to, by repository, commit and path: these never change. */
  workflowTypes: LRUCache<string, ReadFile & FileMarks & WorkflowHazards>;
}

/** Answers the console and the HTTP API. */
export interface ApiDeps extends WorkerDeps {
  links: GitHubLinks;
  /** The provider's price of an event, unless its owner set another. */
  cost: EventCost;
  oidc: OidcVerifier;
  users: GitHubUsers;
  signIn: GitHubSignIn;
  seal: Seal;
  /** GitHub's ids of the users who run this deployment. */
  operators: ReadonlySet<string>;
  /** Counts the work to do; null where the platform does. */
  countWork: (() => Promise<WorkStats>) | null;
}

/** The settings of the deployment that steps need. */
export interface Settings {
  /** The deployment's own origin, as GitHub and consumers reach it. */
  publicUrl: string;
  /** Where a repository's own webhook is to be sent. */
  repositoryWebhookUrl(repositoryId: string): string;
  /** Where the pictures of users and organizations are. */
  avatarOrigins: readonly string[];
  /** GitHub as people open it: `https://github.com`, or the Enterprise Server's address. */
  githubWebUrl: string;
  /** True to allow notifications to private addresses and over plain HTTP. */
  privateReceivers: boolean;
  /** The App's page on GitHub, where it is installed from. */
  appUrl: string;
  /** The App's bot as it appears as an actor: `zekt[bot]`. */
  botLogin: string;
  /** Events a workflow may have in an hour before its chain is taken for a loop that cannot be seen. */
  breakerLimit: number;
  /** The actions that examples use: `owner/repository@version`. */
  actions: string;
  /**
   * Names this worker's process where no other works on the same store. Then a lease of another process belongs to
   * one that died, and nobody waits for it. Null where many work.
   */
  soleWorker: string | null;
}
