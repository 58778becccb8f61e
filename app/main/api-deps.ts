import type { ApiDeps } from "../deps.ts";
import { GitHubLinks } from "../github/links.ts";
import { OidcVerifier } from "../github/oidc.ts";
import { GitHubSignIn } from "../github/sign-in.ts";
import { GitHubUsers } from "../github/users.ts";
import { Seal } from "../store/seal.ts";
import { type Config, entriesOf, issuersOf } from "./config.ts";
import { masterKeys } from "./intake-deps.ts";
import { type Parts, type WorkerConfig, workerDeps } from "./worker-deps.ts";

/** Settings of the whole; the App's webhook secret is for what takes webhooks in alone. */
export type ApiConfig = WorkerConfig &
  Pick<
    Config,
    | "GITHUB_CLIENT_ID"
    | "GITHUB_CLIENT_SECRET"
    | "GITHUB_OIDC_ISSUER"
    | "ZEKT_LEGACY_AUDIENCE"
    | "ZEKT_COST_PER_EVENT"
    | "ZEKT_CURRENCY"
    | "ZEKT_OPERATORS"
  >;

/** Puts a deployment's parts together: the same in one process and in the API's Lambda. */
export function apiDeps(parts: Parts<ApiConfig>): ApiDeps {
  const { config, publicUrl } = parts;
  const { GITHUB_API_URL: apiUrl, GITHUB_WEB_URL: webUrl } = config;
  const client = { clientId: config.GITHUB_CLIENT_ID, clientSecret: config.GITHUB_CLIENT_SECRET };
  const worker = workerDeps(parts);
  const { requests } = worker.github;
  return {
    ...worker,
    links: new GitHubLinks(webUrl, worker.settings.appUrl),
    cost: { perEvent: config.ZEKT_COST_PER_EVENT, currency: config.ZEKT_CURRENCY },
    oidc: new OidcVerifier(
      {
        issuers: issuersOf(config.GITHUB_OIDC_ISSUER),
        audiences: [new URL(publicUrl).origin, ...(config.ZEKT_LEGACY_AUDIENCE ? ["api://zekt"] : [])],
      },
      {
        requests,
        onUnavailable: (issuer, reason, areKnown) =>
          worker.log.warn(
            { event: "signing-keys.unavailable", issuer, reason },
            areKnown
              ? "GitHub's signing keys could not be fetched: those that are known serve for 12 hours"
              : "GitHub's signing keys could not be fetched: workflow steps are refused until they can",
          ),
      },
    ),
    users: new GitHubUsers({ apiUrl, ...client }, requests),
    signIn: new GitHubSignIn({ webUrl, apiUrl, ...client }, requests),
    seal: new Seal(masterKeys(config)),
    operators: new Set(entriesOf(config.ZEKT_OPERATORS)),
    countWork: parts.storage.countWork?.bind(parts.storage) ?? null,
  };
}
