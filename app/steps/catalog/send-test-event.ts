import { createHash } from "node:crypto";
import type { ApiDeps } from "../../deps.ts";
import { iso, SECOND } from "../../domain/clock.ts";
import { deliveryIdOf, messageIdOf, testRunId } from "../../domain/ids.ts";
import { BLOCK_SENTENCE } from "../../domain/intake/block-sentence.ts";
import { letsThrough } from "../../domain/intake/policy.ts";
import { WORKFLOW_COMPLETED } from "../../domain/limits.ts";
import { Refusal } from "../../domain/refusal.ts";
import { TEST_EVENT } from "../../store/fact-kinds.ts";
import { routingPlan } from "../intake/route.ts";
import { requireSubscription } from "./subscribe.ts";

export interface TestEvent {
  deliveryId: string;
  correlationId: string;
  eventType: string;
}

const BODY = JSON.stringify({ test: true });

/**
 * Sends a test event to one subscription. The event of a run that never was goes the way of all events, through the
 * policy. It ends as one delivery that says it is a test.
 *
 * @throws Refusal where the subscription would not get it, with the reason, or was tried just before
 */
export async function sendTestEvent(
  deps: ApiDeps,
  subscriptionId: string,
  wanted: string | null,
): Promise<TestEvent> {
  const subscription = await requireSubscription(deps, subscriptionId);
  const repositoryId = subscription.providerRepositoryId;
  const { accounts, catalog, facts, runs, queues } = deps.store;
  const [repository, service] = await Promise.all([
    accounts.getRepository(repositoryId),
    catalog.getService({ serviceId: subscription.serviceId, repositoryId }),
  ]);
  if (!repository || !service)
    throw new Refusal("conflict", "The provider does not offer the service any more.");
  const eventType = wanted ?? subscription.eventTypes[0] ?? service.eventTypes[0] ?? WORKFLOW_COMPLETED;
  if (![service, subscription].every(({ eventTypes }) => letsThrough(eventTypes, eventType))) {
    throw new Refusal("conflict", `The subscription does not get the event type ${eventType}.`);
  }
  const now = deps.clock.now();
  const { won } = await facts.claim(TEST_EVENT.of({ subscriptionId }), {});
  if (!won) {
    throw new Refusal("limited", "A test event was sent just now.", { retryAfter: TEST_EVENT.ttl / SECOND });
  }
  const id = testRunId(Math.random());
  const run = { repositoryId, runId: String(id), runAttempt: 1 };
  const at = iso(now);
  const message = eventType === WORKFLOW_COMPLETED ? null : messageOf(run, eventType, at);
  if (message) await runs.addMessage({ ...message, ownerId: repository.ownerId });
  const event = {
    ...run,
    eventId: deps.ids.event(repositoryId, run.runId, 1, "test"),
    ownerId: repository.ownerId,
    headRepositoryId: repositoryId,
    receivedAt: at,
    test: { subscriptionId, eventType },
    run: {
      id,
      run_attempt: 1,
      name: "Zekt test event",
      path: service.workflow,
      event: "workflow_dispatch",
      conclusion: "success",
      head_branch: repository.defaultBranch,
      head_sha: "0".repeat(40),
      html_url: deps.links.repository(repository),
      actor: null,
      display_title: "Zekt test event",
      created_at: at,
      run_started_at: at,
      updated_at: at,
    },
  };
  await runs.addEvent(event);
  const plan = await routingPlan(deps, event);
  await queues.enqueueRouting([run]);
  if (plan?.blocked) {
    throw new Refusal("conflict", BLOCK_SENTENCE[plan.blocked]);
  }
  return {
    deliveryId: deliveryIdOf(event.eventId, message?.messageId ?? null, subscriptionId),
    correlationId: run.runId,
    eventType,
  };
}

const messageOf = (
  run: { repositoryId: string; runId: string; runAttempt: number },
  eventType: string,
  receivedAt: string,
) => ({
  ...run,
  messageId: messageIdOf(run.repositoryId, run.runId, run.runAttempt, "test"),
  eventType,
  body: BODY,
  bodyKey: null,
  size: Buffer.byteLength(BODY),
  sha256: createHash("sha256").update(BODY).digest("hex"),
  receivedAt,
});
