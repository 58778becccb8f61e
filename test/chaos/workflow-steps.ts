import { setTimeout as wait } from "node:timers/promises";
import type { Dispatch, Run } from "../../fake-github/state.ts";
import { DEPLOY, zektOf } from "../../harness/world.ts";
import type { ZektProcess } from "../../harness/zekt-process.ts";
import { type Happened, MESSAGE_TYPE, needleOf } from "./happened.ts";

/** The number of a step's tries, and the wait between them, in milliseconds. */
const TRIES = 24;
const BETWEEN = 400;
/** Lives longer than Zekt's clock jumps, in seconds. */
const LIFE = 3 * 86_400;

/** Calls Zekt as the steps of workflows do while everything fails; it retries, as the actions do. */
export class WorkflowSteps {
  readonly #zekt: ZektProcess;
  readonly #happened: Happened;

  constructor(deps: ZektProcess, happened: Happened) {
    this.#zekt = deps;
    this.#happened = happened;
  }

  /** Sends a provider's message from its run. */
  async send(run: Run): Promise<void> {
    const runId = String(run.id);
    const { messages, secrets } = this.#happened;
    messages.set(runId, "unheard");
    secrets.set(needleOf(runId), "a message");
    const payload = { needle: needleOf(runId) };
    const body = { eventType: MESSAGE_TYPE, payload, workflowRunId: runId };
    if (await this.#call(run, "/events/receive", body)) messages.set(runId, "stored");
  }

  /** Confirms what a consumer received, from the run that it started, and completes it; the run ends, whatever came of it. */
  async redeem(dispatch: Dispatch): Promise<void> {
    const { parts } = this.#zekt.github.control;
    const bot = [...parts.world.accounts.values()].find(
      ({ login }) => login === `${this.#zekt.appSlug}[bot]`,
    );
    const run = await parts.runs.start({
      repository: this.#zekt.github.control.repository("initech/repo"),
      workflow: DEPLOY,
      event: "repository_dispatch",
      ...(bot ? { actor: bot } : {}),
    });
    const hasDone = await this.#work(run, dispatch);
    await this.#zekt.github.control.completeRun(run.id, hasDone ? "success" : "failure");
  }

  /** Does what a run's steps do; whether they ended well. */
  async #work(run: Run, dispatch: Dispatch): Promise<boolean> {
    const { correlationId, deliveryId } = zektOf(dispatch) as Record<string, string>;
    const named = { correlationId, deliveryId };
    const confirmed = await this.#call(run, "/event-delivery/confirm", named);
    if (!confirmed) {
      this.#happened.silent.add(String(run.id));
      return false;
    }
    // Another run may own it, where the dispatch came twice.
    if (confirmed.duplicate) return true;
    const done = await this.#call(run, "/event-delivery/complete", { ...named, success: true });
    if (done) this.#happened.completed.add(deliveryId as string);
    return done !== null;
  }

  /** Calls Zekt until it answers with a success; null where it never did. */
  async #call(run: Run, path: string, body: object): Promise<Record<string, unknown> | null> {
    const headers = { "content-type": "application/json", "idempotency-key": `step-of-${run.id}` };
    for (let tried = 0; tried < TRIES; tried++) {
      if (tried > 0) await wait(BETWEEN);
      const token = await this.#token(run);
      this.#happened.secrets.set(token.split(".")[2] as string, "a step's token");
      try {
        const answer = await fetch(`${this.#zekt.url}/api${path}`, {
          method: "POST",
          headers: { ...headers, authorization: `Bearer ${token}` },
          body: JSON.stringify(body),
        });
        const json = (await answer.json()) as Record<string, unknown>;
        if (answer.ok) return json;
      } catch {
        // Zekt was killed, or is not up yet.
      }
    }
    return null;
  }

  async #token(run: Run): Promise<string> {
    const { oidc, runs } = this.#zekt.github.control.parts;
    const now = Math.floor(Date.now() / 1000);
    const lasting = { nbf: now - LIFE, exp: now + LIFE };
    return await oidc.sign({ ...oidc.claims(run, runs.latest(run).attempt), ...lasting }, this.#zekt.url);
  }
}
