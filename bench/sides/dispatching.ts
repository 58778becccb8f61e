import { ProbotOctokit } from "probot";

/** A consumer, as a team writes it into its router's configuration. */
export interface Target {
  repositoryId: string;
  fullName: string;
  installationId: number;
}

/** Probot's Octokit without its throttling, which would let no repository have more than a dispatch a second. */
export const Octokit: typeof ProbotOctokit = ProbotOctokit.defaults((options: { throttle?: object }) => ({
  ...options,
  throttle: { ...options.throttle, enabled: false },
})) as typeof ProbotOctokit;

/** Returns the body of a router's dispatch, as large as Zekt's. */
export const dispatchBody = (run: Record<string, unknown>, deliveryId: string) => ({
  event_type: "zekt-workflow-completed",
  client_payload: {
    eventType: "zekt-workflow-completed",
    zekt: { correlationId: String(run.id), deliveryId, payload: null },
    workflow_run: Object.fromEntries(
      [
        "id",
        "run_attempt",
        "name",
        "path",
        "event",
        "conclusion",
        "head_branch",
        "head_sha",
        "html_url",
        "display_title",
        "created_at",
        "run_started_at",
        "updated_at",
      ].map((name) => [name, run[name]]),
    ),
  },
});

/** The targets of a provider's events, by its repository's id. */
export const targetsOf = (): Map<number, Target[]> =>
  new Map(
    Object.entries(JSON.parse(process.env.TARGETS as string) as Record<string, Target[]>).map(
      ([id, targets]) => [Number(id), targets],
    ),
  );
