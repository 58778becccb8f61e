import { AsyncLocalStorage } from "node:async_hooks";
import type { WorkflowRunEvent } from "@octokit/webhooks-types";
import type { IntakeDeps } from "../../deps.ts";
import { iso, SECOND } from "../../domain/clock.ts";
import { cutText } from "../../domain/cut-text.ts";
import { isFirstInProgress } from "../../domain/delivery/tracking.ts";
import { titleOf } from "../../domain/intake/event.ts";
import type { RunFacts } from "../../domain/records/event.ts";
import type { ObservedRun } from "../../domain/records/observed-run.ts";
import type { Repository } from "../../domain/records/repository.ts";
import { addLogContext } from "../../log/context.ts";
import { CONFIRMS, RUN_OWNER } from "../../store/fact-kinds.ts";
import { observeRun } from "../delivery/observe-run.ts";
import { recordArrival } from "../delivery/record-spans.ts";

type Run = WorkflowRunEvent["workflow_run"];

/** A run that waited longer for its runner may be late enough that its begin has to stop a retry. */
const BEGINS_WITHIN = 30 * SECOND;

/** A commit's title has no limit, but what keeps it and what carries it has: characters. */
const MAX_TITLE = 1000;

/** Selects of a run what Zekt needs. */
const runFacts = (run: Run): RunFacts => ({
  id: run.id,
  run_attempt: run.run_attempt,
  name: run.name && cutText(run.name, MAX_TITLE),
  path: run.path,
  event: run.event,
  conclusion: run.conclusion,
  head_branch: run.head_branch,
  head_sha: run.head_sha,
  html_url: run.html_url,
  actor: run.actor?.login ?? null,
  display_title: cutText(titleOf(run), MAX_TITLE),
  created_at: run.created_at,
  run_started_at: run.run_started_at,
  updated_at: run.updated_at,
});

/** Events by which Zekt starts runs. */
const STARTED_BY_ZEKT: ReadonlySet<string> = new Set(["repository_dispatch", "workflow_dispatch"]);

/**
 * Returns whether a run has ended. GitHub tells of some before they have, and again when they have; the
 * run's own status says which. https://github.com/actions/runner/issues/4035
 */
const isComplete = ({ status }: Pick<Run, "status">): boolean =>
  status === undefined || status === null || status === "completed";

/**
 * Passes a run that a dispatch started to tracking, where its repository is followed. One that has said itself how it
 * ended needs none: nothing of its delivery would change. One that began soon and will confirm by itself needs none
 * while it is in progress. If it does not confirm, its end ends its delivery, or GitHub is asked for it at the confirm
 * deadline.
 */
async function enqueueTracking(
  deps: IntakeDeps,
  known: Repository,
  payload: WorkflowRunEvent,
): Promise<void> {
  const { action, workflow_run: run } = payload;
  if (!known.tracking || !STARTED_BY_ZEKT.has(run.event) || action === "requested") return;
  const observed = observeRun(known.repositoryId, run);
  if (observed.status === "completed" && (await isEndKnown(deps, observed))) return;
  // Its wait by GitHub's clock alone, and until now: where the clock here is behind, it is late all the same.
  const at = Math.max(deps.clock.now(), Date.parse(run.updated_at));
  const isSoon = at <= Date.parse(observed.createdAt) + BEGINS_WITHIN;
  const mayConfirm = action === "in_progress" && isSoon && isFirstInProgress(observed);
  if (mayConfirm && (await confirmsItself(deps, observed))) return;
  await deps.store.jobs.enqueue([{ kind: "track", ownerId: known.ownerId, run: observed }]);
}

/** Returns whether a run's own word of its end is recorded, and its webhook says the same. */
async function isEndKnown(
  deps: IntakeDeps,
  { repositoryId, runId, runAttempt, conclusion }: ObservedRun,
): Promise<boolean> {
  const ended = (await deps.store.facts.get(RUN_OWNER.of({ repositoryId, runId })))?.ended;
  return ended !== undefined && ended.conclusion === conclusion && ended.runAttempt >= runAttempt;
}

/** Returns whether a run's workflow is known to use the confirm action at the run's commit. */
async function confirmsItself(
  deps: IntakeDeps,
  { repositoryId, workflow, headSha }: ObservedRun,
): Promise<boolean> {
  const known = await deps.store.facts.get(CONFIRMS.of({ repositoryId, workflow }));
  return known?.commit === headSha && known.confirms;
}

/** The repository whose webhook is being taken in, as it was read to check the signature. */
const signer = new AsyncLocalStorage<Repository>();

/** Does the work of a repository's webhook, with the repository as it was read already: it is not read again. */
export const withRepository = <T>(repository: Repository, work: () => T): T => signer.run(repository, work);

/** Reads the repository that a webhook is of. */
async function repositoryOf(deps: IntakeDeps, repositoryId: string): Promise<Repository | null> {
  const read = signer.getStore();
  return read?.repositoryId === repositoryId ? read : await deps.store.accounts.getRepository(repositoryId);
}

/**
 * Stores a `workflow_run` event once and enqueues its routing. The caller has verified its signature
 * and that it is of a repository's own webhook. Calls nobody, so that GitHub has its answer in time.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#workflow_run
 *
 * Only a run that finished is an event. Of a webhook that is none nothing is written here; tracking may use it.
 */
export async function ingest(
  deps: IntakeDeps,
  payload: WorkflowRunEvent,
): Promise<"stored" | "duplicate" | "ignored"> {
  const startedAt = performance.now();
  const arrivedAt = deps.clock.now();
  const { action, workflow_run: run, repository } = payload;
  const repositoryId = String(repository.id);
  const key = { repositoryId, runId: String(run.id), runAttempt: run.run_attempt };
  const known = await repositoryOf(deps, repositoryId);
  if (known) await enqueueTracking(deps, known, payload);
  // A consumer's own run correlates nothing.
  if (known && !known.provider) addLogContext({ correlationId: undefined, runId: key.runId });
  const isEarly = action === "completed" && !isComplete(run);
  // What a repository is followed for is no event of a provider.
  if (action !== "completed" || isEarly || (known?.tracking && !known.provider)) return "ignored";
  const eventId = deps.ids.event(repositoryId, key.runId, key.runAttempt, action);
  const event = {
    ...key,
    eventId,
    ownerId: String(repository.owner.id),
    run: runFacts(run),
    headRepositoryId: run.head_repository ? String(run.head_repository.id) : null,
    receivedAt: iso(deps.clock.now()),
  };
  const { runs, queues, storeThenEnqueue } = deps.store;
  const stored = await storeThenEnqueue(
    () => runs.addEvent(event),
    () => queues.enqueueRouting([{ ...key, ingestMs: Math.ceil(performance.now() - startedAt) }]),
  );
  if (stored) recordArrival(deps, { eventId, ...key }, arrivedAt);
  return stored ? "stored" : "duplicate";
}
