import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Oidc } from "./oidc.ts";
import { runRequest } from "./run-request.ts";
import type { Run, RunAttemptState } from "./state.ts";
import type { World } from "./world.ts";

/** Makes the variables, and the files they point to, for steps of runs that somebody else executes. */
export class RunEnvironments {
  readonly #world: World;
  readonly #oidc: Oidc;
  readonly #folders: string[] = [];

  constructor(world: World, oidc: Oidc) {
    this.#world = world;
    this.#oidc = oidc;
  }

  /** https://docs.github.com/en/actions/reference/workflows-and-actions/variables */
  of(run: Run, attempt: RunAttemptState): Record<string, string> {
    const { github } = runRequest(this.#world, this.#oidc, run, attempt);
    const claims = this.#oidc.claims(run, attempt.attempt) as Record<string, string>;
    const folder = mkdtempSync(join(tmpdir(), "github-run-"));
    this.#folders.push(folder);
    const file = (name: string, text = ""): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const directory = (name: string): string => {
      mkdirSync(join(folder, name));
      return join(folder, name);
    };
    return {
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_ACTOR: github.actor,
      GITHUB_ACTOR_ID: github.actorId,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_BASE_REF: github.baseRef ?? "",
      GITHUB_ENV: file("env"),
      GITHUB_EVENT_NAME: run.event,
      GITHUB_EVENT_PATH: this.#world.settings.eventFiles
        ? file("event.json", JSON.stringify(run.payload))
        : join(folder, "event.json"),
      GITHUB_HEAD_REF: github.headRef ?? "",
      GITHUB_JOB: "job",
      GITHUB_OUTPUT: file("output"),
      GITHUB_PATH: file("path"),
      GITHUB_REF: github.ref,
      GITHUB_REF_NAME: github.refName,
      GITHUB_REF_TYPE: run.ofTag ? "tag" : "branch",
      GITHUB_REPOSITORY: github.repository,
      GITHUB_REPOSITORY_ID: github.repositoryId,
      GITHUB_REPOSITORY_OWNER: github.repositoryOwner,
      GITHUB_REPOSITORY_OWNER_ID: github.repositoryOwnerId,
      GITHUB_RETENTION_DAYS: "90",
      GITHUB_RUN_ATTEMPT: String(github.runAttempt),
      GITHUB_RUN_ID: github.runId,
      GITHUB_RUN_NUMBER: String(github.runNumber),
      GITHUB_SERVER_URL: github.serverUrl,
      GITHUB_SHA: github.sha,
      GITHUB_STATE: file("state"),
      GITHUB_STEP_SUMMARY: file("summary"),
      GITHUB_TRIGGERING_ACTOR: github.actor,
      GITHUB_WORKFLOW: run.name,
      GITHUB_WORKFLOW_REF: claims.workflow_ref as string,
      GITHUB_WORKFLOW_SHA: claims.workflow_sha as string,
      GITHUB_WORKSPACE: directory("workspace"),
      RUNNER_ARCH: "X64",
      RUNNER_ENVIRONMENT: "github-hosted",
      RUNNER_OS: "Linux",
      RUNNER_TEMP: directory("temp"),
      RUNNER_TOOL_CACHE: directory("tools"),
      ...this.#idToken(run, attempt),
    };
  }

  /** Removes the files of every environment that was made. */
  clean(): void {
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }

  #idToken(run: Run, attempt: RunAttemptState): Record<string, string> {
    const idToken = run.idToken ? this.#oidc.variables(run, attempt.attempt) : undefined;
    if (!idToken) return {};
    return { ACTIONS_ID_TOKEN_REQUEST_URL: idToken.url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: idToken.token };
  }
}
