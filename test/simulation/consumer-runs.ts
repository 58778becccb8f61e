import { MINUTE, SECOND } from "../../app/domain/clock.ts";
import type { RunIdentity } from "../../app/github/oidc.ts";
import { complete } from "../../app/steps/delivery/complete.ts";
import { confirm } from "../../app/steps/delivery/confirm.ts";
import type { Dispatch, Run } from "../../fake-github/state.ts";
import { DEPLOY, zektOf } from "../../harness/world.ts";
import { type Consumer, confirms, type SimulatedWorld } from "./world.ts";

/** The run that a dispatch starts, with what only GitHub knows of it. */
export interface ConsumerRun {
  consumer: Consumer;
  deliveryId: string;
  correlationId: string;
  /** The number of its delivery's dispatch to GitHub, from 1, and what the payload said of it. */
  dispatch: number;
  possibleDuplicate: boolean;
  dispatchedAt: number;
  makeAt: number;
  beginAt: number;
  /** The moment of its confirm step; null where it has none, or skips it. */
  confirmAt: number | null;
  endAt: number;
  conclusion: "success" | "failure";
  state: "to-be-made" | "queued" | "in_progress" | "completed";
  run: Run | null;
  /** The answers to its steps: it owns its delivery, or another run does. */
  confirmed: "owner" | "duplicate" | null;
  /** Each call of its steps, with the moment and what came of it. */
  calls: string[];
  /** Set where a step gave its call up: the weather lasted longer than a step tries. */
  gaveUp: boolean;
}

/** The ways of runs, as shares and lengths. */
export interface RunHabits {
  /** The longest time until GitHub makes the run of a dispatch. */
  late: number;
  /** The longest time that it waits for a runner, and that it takes. */
  queued: number;
  takes: number;
  failing: number;
}

/** A step tries its call so long, as the actions do. */
const TRIES = 20;

/** Makes the runs that dispatches start at consumers, has their steps call Zekt, and ends them. */
export class ConsumerRuns {
  readonly all: ConsumerRun[] = [];
  readonly #world: SimulatedWorld;
  readonly #random: () => number;
  readonly #habits: RunHabits;
  readonly #seen = new Map<string, number>();

  constructor(world: SimulatedWorld, random: () => number, habits: RunHabits) {
    this.#world = world;
    this.#random = random;
    this.#habits = habits;
  }

  /** Does what is due by now at GitHub; resolves once its webhooks are answered. */
  async advance(): Promise<void> {
    for (const consumer of this.#world.consumers) this.#hear(consumer);
    const now = this.#world.time.now();
    const tasks = this.all.map(async (one) => {
      if (one.state === "to-be-made" && one.makeAt <= now) await this.#make(one);
      if (one.state === "queued" && one.beginAt <= now) await this.#begin(one);
      const isToConfirm = one.state === "in_progress" && one.calls.length === 0 && one.confirmAt !== null;
      if (isToConfirm && (one.confirmAt as number) <= now) await this.#confirm(one);
      if (one.state === "in_progress" && one.endAt <= now) await this.#end(one);
    });
    await Promise.all(tasks);
  }

  /** Returns whether no run is still to come or to end. */
  get isIdle(): boolean {
    return this.all.every(({ state }) => state === "completed");
  }

  #hear(consumer: Consumer): void {
    const { dispatches } = this.#world.github.control.repository(consumer.fullName);
    for (const dispatch of dispatches.slice(this.#seen.get(consumer.fullName) ?? 0))
      this.all.push(this.#plan(consumer, dispatch));
    this.#seen.set(consumer.fullName, dispatches.length);
  }

  #plan(consumer: Consumer, dispatch: Dispatch): ConsumerRun {
    const { deliveryId, correlationId, possibleDuplicate } = zektOf(dispatch) as Record<string, string>;
    const { late, queued, takes, failing } = this.#habits;
    const within = (ms: number): number => this.#random() * ms;
    const makeAt = dispatch.at + (this.#random() < 0.7 ? within(2 * SECOND) : within(late));
    const beginAt = makeAt + (this.#random() < 0.7 ? within(10 * SECOND) : within(queued));
    const endAt = beginAt + (this.#random() < 0.6 ? within(MINUTE) : within(takes));
    const earlier = this.all.filter((one) => one.deliveryId === deliveryId);
    return {
      consumer,
      deliveryId: deliveryId as string,
      correlationId: correlationId as string,
      dispatch: earlier.length + 1,
      possibleDuplicate: Boolean(possibleDuplicate),
      dispatchedAt: dispatch.at,
      makeAt,
      beginAt,
      confirmAt: confirms(consumer.kind) ? this.#confirmAt(consumer, beginAt, endAt) : null,
      endAt,
      conclusion: this.#random() < failing ? "failure" : "success",
      state: "to-be-made",
      run: null,
      confirmed: null,
      calls: [],
      gaveUp: false,
    };
  }

  /** Returns when a run confirms: as it begins; of a followed one now and then late, and now and then never. */
  #confirmAt({ kind }: Consumer, beginAt: number, endAt: number): number | null {
    const habit = kind === "followed" ? this.#random() : 1;
    if (habit < 0.15) return null;
    return habit < 0.4 ? beginAt + this.#random() * (endAt - beginAt) : beginAt;
  }

  async #make(one: ConsumerRun): Promise<void> {
    const { control } = this.#world.github;
    const bot = [...this.#world.github.world.accounts.values()].find(
      ({ login }) => login === this.#world.botLogin,
    );
    one.state = "queued";
    one.run = await control.parts.runs.start({
      repository: control.repository(one.consumer.fullName),
      workflow: DEPLOY,
      event: "repository_dispatch",
      queued: true,
      displayTitle: one.consumer.kind === "named" ? `Deploy ${one.deliveryId}` : "Deploy",
      ...(bot ? { actor: bot } : {}),
    });
  }

  async #begin(one: ConsumerRun): Promise<void> {
    one.state = "in_progress";
    await this.#world.github.control.parts.runs.begin(one.run as Run);
  }

  async #confirm(one: ConsumerRun): Promise<void> {
    await this.#call(one, "confirm", async () => {
      const { deps } = await this.#world.intake();
      const { duplicate } = await confirm(deps, this.#identity(one), one);
      one.confirmed = duplicate ? "duplicate" : "owner";
    });
  }

  async #end(one: ConsumerRun): Promise<void> {
    one.state = "completed";
    if (one.confirmed === "owner")
      await this.#call(one, "complete", async () => {
        const { deps } = await this.#world.intake();
        const { conclusion } = one;
        await complete(deps, this.#identity(one), { ...one, success: conclusion === "success" });
      });
    await this.#world.github.control.completeRun((one.run as Run).id, one.conclusion);
  }

  /** Calls Zekt as a step does: again for as long as it fails, and no longer than a step tries. */
  async #call(one: ConsumerRun, name: string, step: () => Promise<void>): Promise<void> {
    const { time } = this.#world;
    for (let tries = 0; tries < TRIES; tries++) {
      const at = new Date(time.github.now()).toISOString();
      try {
        await step();
        one.calls.push(`${name} ${at} done`);
        return;
      } catch (error) {
        one.calls.push(`${name} ${at} ${(error as Error).message}`);
        await time.wait(3 * SECOND);
      }
    }
    one.gaveUp = true;
  }

  #identity({ consumer, run }: ConsumerRun): RunIdentity {
    return {
      repository: consumer.fullName,
      repositoryId: consumer.repositoryId,
      repositoryOwnerId: String(this.#world.github.control.repository(consumer.fullName).ownerId),
      runId: String(run?.id),
      runAttempt: 1,
      eventName: "repository_dispatch",
      ref: "refs/heads/main",
      workflowRef: `${consumer.fullName}/${DEPLOY}@refs/heads/main`,
    } as RunIdentity;
  }
}
