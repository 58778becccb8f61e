/** The facts of a workflow run that Zekt keeps, named as GitHub names them. */
export interface RunFacts {
  id: number;
  run_attempt: number;
  name: string | null;
  path: string;
  event: string;
  conclusion: string | null;
  head_branch: string | null;
  head_sha: string;
  html_url: string;
  actor: string | null;
  display_title: string;
  created_at: string;
  run_started_at: string;
  updated_at: string;
}

/** An event's place in a chain of deliveries that cause one another. */
export interface Trace {
  hops: number;
  causedBy: string | null;
}

/** A provider's run that finished, as its `workflow_run` webhook told. */
export interface WorkflowEvent {
  eventId: string;
  repositoryId: string;
  runId: string;
  runAttempt: number;
  run: RunFacts;
  headRepositoryId: string | null;
  receivedAt: string;
  /** Set on a test event of one subscription: nothing ran, and no other subscription gets it. */
  test?: { subscriptionId: string; eventType: string };
}
