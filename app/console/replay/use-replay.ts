import { useChange, useGet } from "../api/queries.ts";
import type { ReplayJob } from "../api/types.ts";

/** Milliseconds between looks at a job that runs. */
const LOOK = 1_000;

/** Which deliveries a bulk replay takes. */
export interface ReplayFilter {
  subscriptionId: string;
  status: readonly string[];
  from: string | undefined;
  to: string | undefined;
}

/** Starts one bulk replay, or a count of what it would take, and follows it to its end. */
export function useReplay() {
  const start = useChange<ReplayJob>();
  const cancel = useChange<ReplayJob>();
  const jobId = start.data?.jobId;
  const followed = useGet<ReplayJob>(`/replay/jobs/${jobId}`, {
    enabled: jobId !== undefined,
    every: (job) => (job === undefined || job.state === "running" ? LOOK : undefined),
    isAnnounced: false,
  });
  return {
    job: followed.data ?? start.data,
    error: start.error ?? cancel.error ?? followed.error,
    isStarting: start.isPending,
    start: (filter: ReplayFilter, dryRun: boolean): void =>
      start.mutate({ method: "POST", path: "/replay", body: { ...filter, dryRun } }),
    cancel: (): void => cancel.mutate({ method: "DELETE", path: `/replay/jobs/${jobId}` }),
    /** Forgets a job that has ended, so that another can be started. */
    reset: start.reset,
  };
}
