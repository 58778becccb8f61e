import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { workflowPath } from "../domain/intake/event.ts";
import { Refusal } from "../domain/refusal.ts";

/** The identity of a workflow step, as GitHub vouches for it. Ids are strings, as GitHub issues them. */
export interface RunIdentity {
  repository: string;
  repositoryId: string;
  repositoryOwner: string;
  repositoryOwnerId: string;
  runId: string;
  runAttempt: number;
  workflowRef: string;
  eventName: string;
  ref: string;
  actor: string;
  /** This token's own id. */
  jti: string;
  /** When it ends, in milliseconds since the epoch. */
  expiresAt: number;
}

export interface OidcConfig {
  /** `https://token.actions.githubusercontent.com`, or `https://HOST/_services/token`. */
  issuer: string;
  /** The deployment's own origin, and whatever older clients are still allowed to say. */
  audiences: readonly string[];
}

/** A token was refused; the message says why and may be shown to its sender. */
export class TokenRefused extends Error {
  override name = "TokenRefused";
}

/** A token that names a key nobody knows has the keys fetched anew, but not sooner than so many milliseconds after the last time. */
const KEYS_COOLDOWN = 60_000;

/** The accepted difference between clocks, in seconds. */
const CLOCK_TOLERANCE = 30;

const text = (payload: JWTPayload, claim: string): string => {
  const value = payload[claim];
  if (typeof value !== "string" || value === "") {
    throw new TokenRefused(`The token lacks the claim ${claim}: it is not a GitHub Actions token.`);
  }
  return value;
};

/**
 * Verifies GitHub Actions' OIDC tokens. Trusts ids only; never reads `sub`.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
export class OidcVerifier {
  readonly #config: OidcConfig;
  readonly #keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(config: OidcConfig) {
    this.#config = config;
    this.#keys = createRemoteJWKSet(new URL(`${config.issuer}/.well-known/jwks`), {
      cooldownDuration: KEYS_COOLDOWN,
    });
  }

  /**
   * Says who sent a token.
   *
   * @throws TokenRefused where it is not a valid one for this deployment; Refusal unavailable where
   * GitHub's keys cannot be had
   */
  async verify(token: string, now: number): Promise<RunIdentity> {
    const payload = await this.#payload(token, now);
    return {
      repository: text(payload, "repository"),
      repositoryId: text(payload, "repository_id"),
      repositoryOwner: text(payload, "repository_owner"),
      repositoryOwnerId: text(payload, "repository_owner_id"),
      runId: text(payload, "run_id"),
      runAttempt: Number(text(payload, "run_attempt")),
      workflowRef: text(payload, "workflow_ref"),
      eventName: text(payload, "event_name"),
      ref: text(payload, "ref"),
      actor: text(payload, "actor"),
      jti: text(payload, "jti"),
      expiresAt: (payload.exp as number) * 1000,
    };
  }

  async #payload(token: string, now: number): Promise<JWTPayload> {
    try {
      const { payload } = await jwtVerify(token, this.#keys, {
        issuer: this.#config.issuer,
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
}

/** Returns whether the keys could not be fetched, which says nothing about the token. */
const isKeysMissing = (cause: unknown): boolean =>
  cause instanceof errors.JWKSTimeout ||
  cause instanceof errors.JWKSInvalid ||
  // The keys' address answered with an error, or with what is no JSON.
  (cause instanceof errors.JOSEError && cause.code === "ERR_JOSE_GENERIC") ||
  (cause instanceof TypeError && cause.message === "fetch failed");

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
  if (isKeysMissing(cause)) {
    return new Refusal("unavailable", "GitHub's signing keys could not be fetched; try again in a minute.", {
      cause,
    });
  }
  if (cause instanceof errors.JOSEError) {
    return new TokenRefused("The token is not one that GitHub Actions signed.", { cause });
  }
  return cause instanceof Error ? cause : new Error(String(cause));
}

/** The workflow file of a token's `workflow_ref`: `owner/name/.github/workflows/x.yml@refs/…`. */
export const workflowOf = (identity: Pick<RunIdentity, "workflowRef">): string =>
  workflowPath(identity.workflowRef.split("/").slice(2).join("/"));
