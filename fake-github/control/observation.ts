import type { GitHubParts } from "../context.ts";
import { GitHubError, invalid } from "../errors.ts";
import { OffsetClock } from "../offset-clock.ts";
import type { LoggedRequest } from "../request-log.ts";
import type { Settings } from "../settings.ts";
import type { Dispatch, HookDelivery, WorkflowDispatch } from "../state.ts";
import { lookups } from "./lookups.ts";

/** Creates the functions that show past requests, plan failures and move the clock. */
export function observationControl(parts: GitHubParts) {
  const { world, webhooks, runs, limits, faults, grants, requests } = parts;
  const find = lookups(world);
  const idle = async (): Promise<void> => {
    // A run's end sends webhooks, and a webhook's receiver may start a run.
    for (let round = 0; round < 2; round++) {
      await runs.idle();
      await webhooks.sender.idle();
    }
  };
  return {
    idle,

    /** Every repository_dispatch that a repository accepted. */
    dispatches(fullName: string): readonly Dispatch[] {
      return find.repository(fullName).dispatches;
    },

    /** Every workflow_dispatch that a repository accepted. */
    workflowDispatches(fullName: string): readonly WorkflowDispatch[] {
      return find.repository(fullName).workflowDispatches;
    },

    /** Every webhook sent and still in a log, oldest first. */
    deliveries(filter: { event?: string; repository?: string; hook?: number } = {}): HookDelivery[] {
      const repositoryId =
        filter.repository === undefined ? undefined : find.repository(filter.repository).id;
      return world
        .hooks()
        .flatMap((hook) => webhooks.sender.log(hook))
        .filter((one) => filter.event === undefined || one.event === filter.event)
        .filter((one) => filter.hook === undefined || one.hookId === filter.hook)
        .filter((one) => repositoryId === undefined || one.repositoryId === repositoryId)
        .sort((a, b) => a.id - b.id);
    },

    /** Sends a logged webhook again. */
    async redeliver(id: number): Promise<HookDelivery> {
      for (const hook of world.hooks()) {
        const delivery = webhooks.sender.log(hook).find((one) => one.id === id);
        if (delivery) return await webhooks.sender.redeliver(hook, delivery);
      }
      throw new GitHubError(404, "There is no such delivery.");
    },

    /** The latest requests to the REST API, oldest first. */
    requests(): readonly LoggedRequest[] {
      return requests.list();
    },

    /** Changes settings; what was used of limits is forgotten. */
    configure(change: Partial<Settings>): Settings {
      Object.assign(world.settings, change);
      limits.reset();
      return world.settings;
    },

    /** Moves GitHub's clock ahead, or back. A clock that the server was started with is its owner's to move. */
    advanceClock(ms: number): number {
      if (!(world.clock instanceof OffsetClock)) {
        throw invalid("The server was started with a clock of its owner's; move that one.");
      }
      world.clock.advance(ms);
      return world.clock.now();
    },

    /** Waits until all is quiet, then forgets everything. */
    async reset(): Promise<void> {
      faults.clear();
      await idle();
      world.clear();
      grants.clear();
      requests.clear();
      limits.reset();
    },
  };
}
