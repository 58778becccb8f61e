import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import type { DeadJob } from "../../domain/insight/stuck.ts";
import { DEAD_JOBS } from "../../store/fact-kinds.ts";

/** Records that work was given up, so that those who run the deployment find it for 14 days. */
export async function recordDeadJob(deps: WorkerDeps, dead: Omit<DeadJob, "at">): Promise<void> {
  const at = iso(deps.clock.now());
  await deps.store.facts.record(DEAD_JOBS.of(), at, JSON.stringify({ ...dead, at } satisfies DeadJob));
}
