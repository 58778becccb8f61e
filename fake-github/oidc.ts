import { type KeyObject, randomBytes, randomUUID } from "node:crypto";
import { exportJWK, type JWK, SignJWT } from "jose";
import type { Account, Repository, Run } from "./state.ts";
import type { World } from "./world.ts";

interface SigningKey {
  kid: string;
  privateKey: KeyObject;
  publicJwk: JWK;
}

/** The run and attempt for which a job may request OIDC tokens. */
interface RequestToken {
  runId: number;
  attempt: number;
  checkRunId: number;
}

const LIFE_SECONDS = 300;
/** The path of the issuer, as on GitHub Enterprise Server. */
export const ISSUER_PATH = "/_services/token";

/** Issues OIDC tokens to jobs: https://docs.github.com/en/actions/reference/security/oidc */
export class Oidc {
  readonly #world: World;
  #keys: SigningKey[] = [];
  readonly #requestTokens = new Map<string, RequestToken>();

  constructor(world: World) {
    this.#world = world;
  }

  get issuer(): string {
    return `${this.#world.url}${ISSUER_PATH}`;
  }

  /** The issuer of tokens: with the enterprise's slug at its end where one has asked for that. */
  get tokenIssuer(): string {
    const { issuerSlug } = this.#world.settings;
    return issuerSlug === "" ? this.issuer : `${this.issuer}/${issuerSlug}`;
  }

  /** Makes a new signing key; tokens of those before stay verifiable unless they are to be forgotten. */
  async rotate(forget = false): Promise<void> {
    const { privateKey, publicKey } = this.#world.keyPairs.next();
    const kid = randomUUID();
    const publicJwk = { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" };
    this.#keys = [{ kid, privateKey, publicJwk }, ...(forget ? [] : this.#keys)];
  }

  jwks(): { keys: JWK[] } {
    return { keys: this.#keys.map(({ publicJwk }) => publicJwk) };
  }

  /**
   * The variables a job with `id-token: write` gets. The pull request of a fork gets none, since its
   * token is read-only: https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
   */
  variables(run: Run, attempt: number): { url: string; token: string } | undefined {
    if (run.event === "pull_request" && run.headRepositoryId !== run.repositoryId) return undefined;
    const token = randomBytes(24).toString("base64url");
    this.#requestTokens.set(token, { runId: run.id, attempt, checkRunId: this.#world.bigId() });
    return { url: `${this.issuer}/request?api-version=2.0`, token };
  }

  /** Answers a job's request; null where its request token is not good (any more). */
  async issue(requestToken: string, audience: string | undefined): Promise<string | null> {
    const request = this.#requestTokens.get(requestToken);
    const run = request && this.#world.runs.get(request.runId);
    const attempt = run?.attempts.find((one) => one.attempt === request?.attempt);
    if (!run || !attempt || attempt.status === "completed") return null;
    return await this.sign(this.claims(run, attempt.attempt, request?.checkRunId), audience);
  }

  /**
   * The claims of a run's tokens; every id is a string. `checkRunId` names the job, which the run's first stands for
   * unless given.
   */
  claims(run: Run, attempt: number, checkRunId = run.suiteId + attempt): Record<string, unknown> {
    const world = this.#world;
    const repository = world.repositories.get(run.repositoryId) as Repository;
    const owner = world.owner(repository);
    const actor = world.accounts.get(run.actorId) as Account;
    const fullName = world.fullName(repository);
    const { ref, sha, headRef, baseRef } = refsOf(world, run);
    const { subjectIds } = world.settings;
    const subject = subjectIds ? `${owner.login}@${owner.id}/${repository.name}@${repository.id}` : fullName;
    const workflowRef = `${fullName}/${run.workflowPath}@${ref}`;
    return {
      sub: `repo:${subject}:${run.event === "pull_request" ? "pull_request" : `ref:${ref}`}`,
      ref,
      sha,
      repository: fullName,
      repository_owner: owner.login,
      repository_owner_id: String(owner.id),
      run_id: String(run.id),
      run_number: String(run.runNumber),
      run_attempt: String(attempt),
      repository_visibility: repository.private ? "private" : "public",
      repository_id: String(repository.id),
      actor_id: String(actor.id),
      actor: actor.login,
      workflow: run.name,
      head_ref: headRef,
      base_ref: baseRef,
      event_name: run.event,
      ref_protected: "false",
      ref_type: run.ofTag ? "tag" : "branch",
      workflow_ref: workflowRef,
      workflow_sha: sha,
      job_workflow_ref: workflowRef,
      job_workflow_sha: sha,
      runner_environment: "github-hosted",
      check_run_id: String(checkRunId),
      // Properties that the organization includes: https://github.blog/changelog/2026-03-12-actions-oidc-tokens-now-support-repository-custom-properties
      ...Object.fromEntries(
        Object.entries(repository.oidcProperties).map(([name, value]) => [`repo_property_${name}`, value]),
      ),
    };
  }

  /** Signs claims, with whatever is overridden, as GitHub would. */
  async sign(claims: Record<string, unknown>, audience?: string): Promise<string> {
    const key = this.#keys[0] as SigningKey;
    const now = Math.floor(this.#world.clock.now() / 1000);
    return await new SignJWT({
      jti: randomUUID(),
      iss: this.tokenIssuer,
      aud: audience ?? `${this.#world.url}/${String(claims.repository_owner)}`,
      nbf: now - LIFE_SECONDS,
      iat: now,
      exp: now + LIFE_SECONDS,
      ...claims,
    })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: key.kid, x5t: key.kid })
      .sign(key.privateKey);
  }
}

/** Returns the full name of the branch or tag that a run is of. */
export const refOf = ({ ofTag, headBranch }: Pick<Run, "ofTag" | "headBranch">): string =>
  `refs/${ofTag ? "tags" : "heads"}/${headBranch}`;

/** The pull request that every run of one is of. */
const PULL_REQUEST = 1;

/**
 * Returns the values of `github.ref` and its kin in a run.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
 */
export function refsOf(
  world: World,
  run: Run,
): { ref: string; sha: string; headRef: string; baseRef: string } {
  const repository = world.repositories.get(run.repositoryId) as Repository;
  const base = repository.defaultBranch;
  const pull = { headRef: run.headBranch, baseRef: base };
  if (run.event === "pull_request")
    return { ref: `refs/pull/${PULL_REQUEST}/merge`, sha: run.headSha, ...pull };
  if (run.event === "pull_request_target") {
    return { ref: `refs/heads/${base}`, sha: world.head(repository)?.sha ?? run.headSha, ...pull };
  }
  // A deployment may be of a commit that no branch or tag names.
  if (run.event === "deployment" || run.event === "deployment_status")
    return { ref: "", sha: run.headSha, headRef: "", baseRef: "" };
  return { ref: refOf(run), sha: run.headSha, headRef: "", baseRef: "" };
}
