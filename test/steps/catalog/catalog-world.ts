import { pino } from "pino";
import type { ApiDeps } from "../../../app/deps.ts";
import type { ServiceInput } from "../../../app/domain/catalog/service-input.ts";
import type { SubscriptionInput } from "../../../app/domain/catalog/subscription-input.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import type { Service } from "../../../app/domain/records/service.ts";
import type { Subscription } from "../../../app/domain/records/subscription.ts";
import { apiDeps } from "../../../app/main/api-deps.ts";
import { readConfig } from "../../../app/main/config.ts";
import { createService } from "../../../app/steps/catalog/save-service.ts";
import { requestSubscription } from "../../../app/steps/catalog/subscribe.ts";
import { whitelistWorkflow } from "../../../app/steps/catalog/whitelist-workflow.ts";
import type { Storage } from "../../../app/store/ports.ts";
import { openSqlite } from "../../../app/store/sqlite/storage.ts";
import { type GitHubServer, startGitHub } from "../../../fake-github/server.ts";
import type { Permissions } from "../../../fake-github/state.ts";
import { appSettings } from "../../../harness/app-settings.ts";
import { saveAccount, saveRepository } from "../../support/save-account.ts";

export const WORKFLOW = ".github/workflows/release.yml";
export const LISTENER = ".github/workflows/listen.yml";
const PERMISSIONS: Permissions = {
  contents: "write",
  actions: "read",
  repository_hooks: "write",
  checks: "write",
};

export interface RepositoryWish {
  owner?: string;
  name?: string;
  private?: boolean;
  files?: Record<string, string>;
  provider?: boolean;
  consumer?: boolean;
  tracking?: boolean;
  managedBy?: string | null;
}

/** Zekt on SQLite beside a GitHub, with the App installed wherever a repository is made. */
export interface CatalogWorld {
  deps: ApiDeps;
  storage: Storage;
  github: GitHubServer;
  /** The log lines at warn and above. */
  warnings: string[];
  /** Passes time, in milliseconds. */
  pass(ms: number): void;
  /** Makes a repository of an owner (a new one unless named) on GitHub and in Zekt. */
  buildRepository(wish?: RepositoryWish): Promise<Repository>;
  /** Makes a provider with a whitelisted workflow and a service of it. */
  buildService(input?: Partial<ServiceInput>, wish?: RepositoryWish): Promise<Service>;
  /** Makes a new consumer of its own owner ask for a service. */
  buildSubscription(service: Service, input?: Partial<SubscriptionInput>): Promise<Subscription>;
  ownerOf(login: string): string;
  close(): Promise<void>;
}

/** Starts a world for the tests of the catalog's steps; `fetch` sends what asks GitHub. */
export async function startCatalogWorld(fetch = globalThis.fetch): Promise<CatalogWorld> {
  const storage = openSqlite();
  const github = await startGitHub();
  const { control } = github;
  control.createAccount({ login: "zekt-makers", type: "Organization" });
  const app = control.createApp({ name: "zekt", owner: "zekt-makers", permissions: PERMISSIONS });
  const warnings: string[] = [];
  let now = Date.now();
  const config = readConfig({
    ...appSettings(app),
    GITHUB_API_URL: github.url,
    GITHUB_OIDC_ISSUER: github.oidcIssuer,
    ZEKT_MASTER_KEY: "k".repeat(32),
  });
  const deps = apiDeps({
    config: { ...config, ZEKT_APP_SLUG: app.slug },
    log: pino({ level: "warn" }, { write: (line: string) => void warnings.push(line) }),
    storage,
    publicUrl: "http://127.0.0.1:1",
    clock: { now: () => now },
    fetch,
  });
  let made = 0;

  const world: CatalogWorld = {
    deps,
    storage,
    github,
    warnings,
    pass(ms) {
      now += ms;
    },
    async buildRepository(wish = {}) {
      const n = ++made;
      const { owner = `owner${n}`, name = `repository${n}`, files = {} } = wish;
      const account = control.createAccount({ login: owner, type: "Organization" });
      const known = github.world.installationOf(Number(app.app_id), account.id);
      const installation = known ?? (await control.install({ app: app.slug, account: owner }));
      const repository = control.createRepository({
        owner,
        name,
        private: wish.private ?? false,
        files: { [WORKFLOW]: "on: push", [LISTENER]: "on: repository_dispatch", ...files },
      });
      await saveAccount(deps.store.accounts, { ownerId: String(account.id), login: owner });
      return await saveRepository(deps.store.accounts, {
        repositoryId: String(repository.id),
        ownerId: String(account.id),
        fullName: `${owner}/${name}`,
        private: wish.private ?? false,
        installationId: String(installation.id),
        reachable: true,
        provider: wish.provider ?? false,
        consumer: wish.consumer ?? false,
        tracking: wish.tracking ?? false,
        managedBy: wish.managedBy ?? null,
      });
    },
    async buildService(input = {}, wish = {}) {
      const { repositoryId } = await world.buildRepository({ provider: true, ...wish });
      await whitelistWorkflow(deps, { repositoryId, path: WORKFLOW, by: "mona" });
      return await createService(
        deps,
        repositoryId,
        { slug: "releases", workflow: WORKFLOW, visibility: "public", ...input },
        "mona",
      );
    },
    async buildSubscription(service, input = {}) {
      const { repositoryId } = await world.buildRepository({ consumer: true });
      return await requestSubscription(deps, repositoryId, { service: service.serviceId, ...input }, "hubot");
    },
    ownerOf: (login) => String(control.account(login).id),
    async close() {
      await github.close();
      await storage.close();
    },
  };
  return world;
}
