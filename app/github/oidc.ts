import { decodeJwt, errors, type JWSHeaderParameters, type JWTPayload, jwtVerify } from "jose";
import { LRUCache } from "lru-cache";
import { MINUTE } from "../domain/clock.ts";
import { isGitHubId } from "../domain/ids.ts";
import { workflowPath } from "../domain/intake/event.ts";
import { type KeyDeps, SigningKeys } from "./signing-keys.ts";

/** The identity of a workflow step, as GitHub vouches for it. Ids are strings, as GitHub issues them. */
export interface RunIdentity {
  repository: string;
  repositoryId: string;
  repositoryOwnerId: string;
  runId: string;
  runAttempt: number;
  workflowRef: string;
  /** The trigger of the run; empty where GitHub names none. */
  eventName: string;
  /** The branch or tag of the run; empty where it has none, as with a deployment of a commit. */
  ref: string;
  /** The login of the user who started the run; empty where GitHub names none. */
  actor: string;
  /** The job's check run, which is the job's own id; null where the token names none, as of an older Enterprise Server. */
  jobId: string | null;
  /** This token's own id. */
  jti: string;
  /** When it ends, in milliseconds since the epoch. */
  expiresAt: number;
}

export interface OidcConfig {
  /**
   * `https://token.actions.githubusercontent.com`, `https://token.actions.SUBDOMAIN.ghe.com`, or
   * `https://HOST/_services/token`. All must be issuers of one GitHub: ids are its own.
   */
  issuers: readonly string[];
  /** The deployment's own origin, and whatever older clients are still allowed to say. */
  audiences: readonly string[];
}

/** A token was refused; the message says why and may be shown to its sender. */
export class TokenRefused extends Error {
  override name = "TokenRefused";
}

/** The end of an enterprise's own issuer. https://docs.github.com/en/enterprise-cloud@latest/rest/actions/oidc */
const ENTERPRISE_SLUG = /^\/[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** Enterprises whose own keys are remembered, and how many new ones are asked about in a minute. */
const ENTERPRISES = 50;
const NEW_ENTERPRISES = 10;

/** The accepted difference between clocks, in seconds. */
const CLOCK_TOLERANCE = 30;

/** The characters that a claim may have: names of owner, repository, file and ref together. */
const MAX_CLAIM = 1500;
const ATTEMPT = /^[1-9]\d{0,5}$/;

const refuseClaim = (claim: string): never => {
  throw new TokenRefused(`The token's ${claim} claim is not one of GitHub Actions here.`);
};

function optional(payload: JWTPayload, claim: string): string {
  const value = payload[claim];
  if (typeof value !== "string") return "";
  return value.length <= MAX_CLAIM ? value : refuseClaim(claim);
}

function text(payload: JWTPayload, claim: string): string {
  const value = optional(payload, claim);
  if (value === "") {
    throw new TokenRefused(`The token lacks the claim ${claim}: it is not a GitHub Actions token.`);
  }
  return value;
}

function id(payload: JWTPayload, claim: string): string {
  const value = text(payload, claim);
  return isGitHubId(value) ? value : refuseClaim(claim);
}

function attempt(payload: JWTPayload): number {
  const value = text(payload, "run_attempt");
  return ATTEMPT.test(value) ? Number(value) : refuseClaim("run_attempt");
}

/** A job is shown and decides nothing, so that one which cannot be read is left out. */
function jobOf(payload: JWTPayload): string | null {
  const { check_run_id: value } = payload;
  return typeof value === "string" && isGitHubId(value) ? value : null;
}

/**
 * Verifies GitHub Actions' OIDC tokens. Trusts ids only; never reads `sub`.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export class OidcVerifier {
  readonly #config: OidcConfig;
  readonly #deps: KeyDeps;
  readonly #keys: ReadonlyMap<string, SigningKeys>;
  /** Keys of enterprises' own issuers. */
  readonly #enterprises = new LRUCache<string, SigningKeys>({ max: ENTERPRISES });
  #newEnterprises = { since: 0, count: 0 };

  constructor(config: OidcConfig, deps: KeyDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#keys = new Map(config.issuers.map((issuer) => [issuer, new SigningKeys(issuer, deps)]));
  }

  /**
   * Says who sent a token. Demands the claims that every use of a token decides by; an empty `ref` or
   * `event_name` is for those to refuse who decide by it. Claims that nobody here reads, such as
   * `repo_property_…`, may be there in any number.
   *
   * @throws TokenRefused where it is not a valid one for this deployment; Refusal unavailable where
   * GitHub's keys cannot be had
   */
  async verify(token: string, now: number): Promise<RunIdentity> {
    const payload = await this.#payload(token, now);
    return {
      repository: text(payload, "repository"),
      repositoryId: id(payload, "repository_id"),
      repositoryOwnerId: id(payload, "repository_owner_id"),
      runId: id(payload, "run_id"),
      runAttempt: attempt(payload),
      workflowRef: text(payload, "workflow_ref"),
      eventName: optional(payload, "event_name"),
      ref: optional(payload, "ref"),
      actor: optional(payload, "actor"),
      jobId: jobOf(payload),
      jti: text(payload, "jti"),
      expiresAt: (payload.exp as number) * 1000,
    };
  }

  async #payload(token: string, now: number): Promise<JWTPayload> {
    try {
      const { iss } = decodeJwt<{ iss?: unknown }>(token);
      // Nothing is verified yet: it may be of any type.
      const issuer = typeof iss === "string" ? iss : "";
      const known = this.#knownIssuerOf(issuer);
      const find = (header: JWSHeaderParameters) => this.#findKey(known ?? "", issuer, header, now);
      const { payload } = await jwtVerify(token, find, {
        issuer: known === null ? [...this.#config.issuers] : issuer,
        audience: [...this.#config.audiences],
        algorithms: ["RS256"],
        clockTolerance: CLOCK_TOLERANCE,
        currentDate: new Date(now),
        requiredClaims: ["exp", "iat", "jti"],
      });
      return payload;
    } catch (cause) {
      throw refusal(cause, this.#config);
    }
  }

  /** Returns the configured issuer that an issuer is, or is an enterprise's own form of; null for another. */
  #knownIssuerOf(issuer: string): string | null {
    if (this.#keys.has(issuer)) return issuer;
    const base = this.#config.issuers.find((one) => issuer.startsWith(one));
    return base !== undefined && ENTERPRISE_SLUG.test(issuer.slice(base.length)) ? base : null;
  }

  /** Finds the key of a token: GitHub signs with the same keys for all enterprises, unless one has its own. */
  async #findKey(known: string, issuer: string, header: JWSHeaderParameters, now: number) {
    const keys = this.#keys.get(known);
    // Its claims are checked next, which refuse it for its issuer.
    if (!keys) throw new errors.JWTClaimValidationFailed("no such issuer", {}, "iss");
    try {
      return await keys.key(header, now);
    } catch (error) {
      const own =
        issuer === known || !(error instanceof errors.JWKSNoMatchingKey) ? null : this.#ownKeys(issuer, now);
      if (own === null) throw error;
      return await own.key(header, now);
    }
  }

  /** Returns the keys of an enterprise's own issuer; null where too many were asked about just now. */
  #ownKeys(issuer: string, now: number): SigningKeys | null {
    const standing = this.#enterprises.get(issuer);
    if (standing) return standing;
    if (Math.abs(now - this.#newEnterprises.since) > MINUTE) this.#newEnterprises = { since: now, count: 0 };
    if (++this.#newEnterprises.count > NEW_ENTERPRISES) return null;
    const keys = new SigningKeys(issuer, this.#deps, { mayBeMissing: true });
    this.#enterprises.set(issuer, keys);
    return keys;
  }
}

function refusal(cause: unknown, { audiences }: OidcConfig): Error {
  if (cause instanceof errors.JWTExpired)
    return new TokenRefused("The token has expired; ask for a fresh one.", { cause });
  if (cause instanceof errors.JWTClaimValidationFailed && cause.claim === "aud") {
    return new TokenRefused(`The token is for another audience; ask for one with audience ${audiences[0]}.`, {
      cause,
    });
  }
  if (cause instanceof errors.JWTClaimValidationFailed) {
    return new TokenRefused(`The token's ${cause.claim} claim is not one of GitHub Actions here.`, { cause });
  }
  if (cause instanceof errors.JOSEError) {
    return new TokenRefused("The token is not one that GitHub Actions signed.", { cause });
  }
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** The workflow file of a token's `workflow_ref`: `owner/name/.github/workflows/x.yml@refs/…`. */
export const workflowOf = (identity: Pick<RunIdentity, "workflowRef">): string =>
  workflowPath(identity.workflowRef.split("/").slice(2).join("/"));
