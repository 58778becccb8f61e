import type { WorkerDeps } from "../../deps.ts";
import { startsWorkflow } from "../../domain/delivery/start.ts";
import { clientPayload, workflowInputs } from "../../domain/intake/client-payload.ts";
import { ARCHIVE_TTL } from "../../domain/limits.ts";
import type { ArchivedPayload } from "../../domain/records/archived-payload.ts";
import type { Attempt, Delivery, ReceivedResponse } from "../../domain/records/delivery.ts";
import { Refusal } from "../../domain/refusal.ts";
import { COMMON_HEADERS } from "../../github/api-version.ts";
import { dispatchHeaders, dispatchUrl } from "../../github/dispatch.ts";
import { withRunDetails, workflowDispatchUrl } from "../../github/workflow-dispatch.ts";
import { shownAttempt } from "./record-spans.ts";

/** One attempt's request as it was sent, without its secret, and GitHub's answer. */
export interface Exchange {
  attempt: Attempt;
  /** Null where nothing was sent, or the payload is no longer archived. */
  request: {
    method: "POST";
    url: string;
    headers: Record<string, string>;
    body: object;
    size: number;
  } | null;
  /** Null where none came, or it is no longer shown. */
  response: ReceivedResponse | null;
}

/**
 * Returns one attempt's request and answer. The request is built anew from the archived payload, as the attempt built
 * it, so that no payload is stored twice.
 *
 * @throws Refusal not-found for a number that no attempt has
 */
export async function readAttempt(deps: WorkerDeps, delivery: Delivery, number: number): Promise<Exchange> {
  const attempt = delivery.attempts.find((one) => one.number === number);
  if (!attempt) throw new Refusal("not-found", "This delivery has no such attempt.");
  const isOver = Date.parse(delivery.createdAt) + ARCHIVE_TTL <= deps.clock.now();
  const joint = isOver ? null : await deps.store.archive.findPayload(delivery.archiveKey);
  // What failed before GitHub was asked left no request.
  const wasSent = attempt.failure?.stage !== "before-github";
  return {
    attempt,
    request: joint && wasSent ? await requestOf(deps, delivery, attempt, joint) : null,
    response: isOver ? null : (attempt.response ?? null),
  };
}

async function requestOf(
  deps: WorkerDeps,
  delivery: Delivery,
  attempt: Attempt,
  joint: Readonly<ArchivedPayload>,
): Promise<NonNullable<Exchange["request"]>> {
  const { consumerRepositoryId, workflow } = delivery;
  const { number, possibleDuplicate } = attempt;
  const built = shownAttempt(deps, delivery, { number, possibleDuplicate });
  const sent =
    startsWorkflow(delivery) && workflow !== null
      ? {
          url: workflowDispatchUrl(deps.github, consumerRepositoryId, workflow),
          body: withRunDetails({
            ref: delivery.ref ?? (await defaultBranchOf(deps, consumerRepositoryId)),
            inputs: workflowInputs(delivery, joint, built),
          }),
        }
      : {
          url: dispatchUrl(deps.github, consumerRepositoryId),
          body: { event_type: delivery.eventType, client_payload: clientPayload(delivery, joint, built) },
        };
  return {
    method: "POST",
    ...sent,
    headers: { ...dispatchHeaders("(left out)"), ...COMMON_HEADERS },
    size: Buffer.byteLength(JSON.stringify(sent.body)),
  };
}

const defaultBranchOf = async (deps: WorkerDeps, repositoryId: string): Promise<string> =>
  (await deps.store.accounts.getRepository(repositoryId))?.defaultBranch ?? "";
