import type { Dispatch } from "../../fake-github/state.ts";
import { DEPLOY, zektOf } from "../../harness/world.ts";
import type { ZektProcess } from "../../harness/zekt-process.ts";
import { check, type Happened } from "./happened.ts";
import { FOLLOWED, type Listed } from "./judge.ts";

/** GitHub's conclusion of a run that it starts no job of. */
const REFUSED = "startup_failure";

/** The head of a workflow file whose runs are named after their delivery. */
export const RUN_NAME = `run-name: "Deploy \${{ github.event.client_payload.zekt.deliveryId }}"\n`;

/**
 * Makes the run of each dispatch to a consumer whose workflow knows nothing of Zekt, as GitHub does. There is none
 * where the workflow is disabled, and one without a job where a policy does not list the App. Any other ends well.
 */
export class FollowedRuns {
  readonly #zekt: ZektProcess;
  #seen = 0;
  /** The conclusions of each delivery's runs; none where GitHub made no run. */
  readonly #ends = new Map<string, string[]>();

  constructor(deps: ZektProcess) {
    this.#zekt = deps;
  }

  /** Makes the runs of the dispatches since the last call; resolves once they have ended and their webhooks are sent. */
  async advance(): Promise<void> {
    const { dispatches } = this.#zekt.github.control.repository(FOLLOWED);
    const fresh = dispatches.slice(this.#seen);
    this.#seen = dispatches.length;
    await Promise.all(fresh.map((one) => this.#run(one)));
  }

  /** Returns the number of deliveries of whose runs GitHub started no job. */
  get unstarted(): number {
    return [...this.#ends.values()].filter((ends) => ends.every((end) => end === REFUSED)).length;
  }

  /** Returns whether Zekt has said of each delivery whose run has ended how it ended. */
  areTold(listed: readonly Listed[]): boolean {
    return listed.every(({ deliveryId, isFinalized }) => isFinalized || !this.#endsOf(deliveryId).length);
  }

  /**
   * Holds what Zekt says of each delivery against how GitHub ended its runs.
   *
   * @throws Error naming a delivery of which Zekt says something else
   */
  judge(listed: readonly Listed[], happened: Happened): void {
    for (const { deliveryId, status, consumer } of listed) {
      if (consumer.fullName !== FOLLOWED) continue;
      const ends = this.#endsOf(deliveryId);
      const right = [
        ...(ends.includes("success") ? ["Completed"] : []),
        ...(ends.includes(REFUSED) ? ["Failed"] : []),
      ];
      if (right.length === 0) right.push("Dispatched");
      check(right.includes(status), happened, `${deliveryId} is ${status}; its runs ended with [${ends}]`);
    }
  }

  #endsOf(deliveryId: string): readonly string[] {
    return this.#ends.get(deliveryId) ?? [];
  }

  async #run(dispatch: Dispatch): Promise<void> {
    const { control } = this.#zekt.github;
    const repository = control.repository(FOLLOWED);
    if (repository.disabledWorkflows.has(DEPLOY)) return;
    const { deliveryId } = zektOf(dispatch) as { deliveryId: string };
    const bot = control.account(`${this.#zekt.appSlug}[bot]`);
    const { runs } = control.parts;
    const run = await runs.start({
      repository,
      workflow: DEPLOY,
      event: "repository_dispatch",
      displayTitle: `Deploy ${deliveryId}`,
      actor: bot,
    });
    if (runs.latest(run).status !== "completed") await control.completeRun(run.id, "success");
    const ends = [...this.#endsOf(deliveryId), runs.latest(run).conclusion as string];
    this.#ends.set(deliveryId, ends);
  }
}
