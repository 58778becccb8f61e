import type { Delivery } from "../domain/records/delivery.ts";
import type { Notice } from "../domain/records/notice.ts";
import type { ObservedRun } from "../domain/records/observed-run.ts";
import type { RunAttempt } from "../domain/records/run.ts";
import type { NewMessage, Queue } from "./ports.ts";
import queues from "./queues.json" with { type: "json" };

export type QueueName = keyof typeof queues;

/** Every queue as both adapters and `serverless.yml` have it. */
export { queues };

/** Something to be brought up to date with GitHub, or done for an owner, outside of any request. */
export type BackgroundJob =
  | InstallationJob
  | RepositoryJob
  | FileJob
  | ErasureJob
  | RemnantsJob
  | IssueJob
  | NotifyJob
  | BulkReplayJob
  | ExportJob
  | { kind: "track"; ownerId: string; run: ObservedRun };

/** Marks of a job that a webhook asked for, whose subject GitHub's answers may not show yet. */
interface Told {
  /** True where a webhook said that the App reaches it, so that one answer to the contrary is not believed. */
  isThere?: boolean;
  /** The number of GitHub's answers that were older than the webhook; absent at the start. */
  behind?: number;
}

/** A repository to bring up to date. */
export interface RepositoryJob extends Told {
  kind: "repository";
  repositoryId: string;
  ownerId: string;
  deleted: boolean;
}

/** A repository's `zekt.yml` to apply, and to report on at the commit whose push asked for it. */
export interface FileJob extends Pick<Told, "behind"> {
  kind: "file";
  repositoryId: string;
  ownerId: string;
  sha: string | null;
}

/** A repository's issue to bring up to date. */
export interface IssueJob {
  kind: "issue";
  ownerId: string;
  repositoryId: string;
}

/** A notice to send as a webhook. */
export interface NotifyJob {
  kind: "notify";
  ownerId: string;
  notice: Notice;
  /** The number of tries so far. */
  tries: number;
}

/** A job that is left to do after another; not before `at`, in milliseconds since the epoch. */
export interface JobLeft {
  job: BackgroundJob;
  at?: number;
}

/** Says that a stored job is to be done now; `store/jobs.ts` has the job itself. */
export interface JobMessage {
  ownerId: string;
  /** Names it among its owner's. */
  job: string;
}

/** An owner of whom everything is to be erased. */
export interface ErasureJob {
  kind: "erasure";
  ownerId: string;
}

/** An erased repository, to be looked at again with its connections for what came back. */
export interface RemnantsJob {
  kind: "remnants";
  ownerId: string;
  repositoryId: string;
  subscriptionIds: string[];
}

/** An owner's export of which a part is to be read, or whose file is to be removed. */
export interface ExportJob {
  kind: "export";
  ownerId: string;
  exportId: string;
}

/** A bulk replay of which a page is to be done. */
export interface BulkReplayJob {
  kind: "replay";
  ownerId: string;
  jobId: string;
}

/** An installation whose repositories are to be brought up to date, and how far that has come. */
export interface InstallationJob extends Told {
  kind: "installation";
  installationId: string;
  ownerId: string;
  /** When GitHub was first asked; absent at the start. */
  since?: string;
  /** The page of GitHub's list to go on with. */
  page?: number;
  /** Where to go on among what is stored, once GitHub's list is through. */
  cursor?: string;
}

/** A delivery to make. The consumer's owner, who has one installation, groups the queue, so that one busy consumer delays no other. */
export interface DeliveryJob {
  deliveryId: string;
  serviceId: string;
  subscriptionId: string;
  consumerRepositoryId: string;
  /** The consumer's owner: what groups the queue. */
  consumerOwnerId: string;
  /** Goes out though its connection is paused, to see whether that works again. */
  probe?: true;
}

/** The queue's job for a delivery. */
export const deliveryJob = (delivery: Delivery): DeliveryJob => ({
  deliveryId: delivery.deliveryId,
  serviceId: delivery.source.serviceId,
  subscriptionId: delivery.subscriptionId,
  consumerRepositoryId: delivery.consumerRepositoryId,
  consumerOwnerId: delivery.consumerOwnerId,
});

/** A message is delayed by at most 15 minutes, as SQS has it. */
export const MAX_DELAY_SECONDS = 900;

/** The queues between the steps. */
export class Queues {
  readonly #queues: Record<QueueName, Queue>;

  constructor(queues: Record<QueueName, Queue>) {
    this.#queues = queues;
  }

  /** Enqueues routings; `ingestMs` is what taking the event in took, to be counted with the routing. */
  async enqueueRouting(runs: readonly (RunAttempt & { ingestMs?: number })[]): Promise<void> {
    await this.#send(
      "routing",
      runs.map(({ repositoryId, runId, runAttempt, ingestMs }) => ({
        body: { repositoryId, runId, runAttempt, ingestMs },
        group: repositoryId,
      })),
    );
  }

  /** Enqueues stored jobs, each owner's apart, `delaySeconds` from now where given (at most {@link MAX_DELAY_SECONDS}). */
  async enqueueJobs(jobs: readonly (JobMessage & { delaySeconds?: number })[]): Promise<void> {
    await this.#send(
      "routing",
      jobs.map(({ delaySeconds, ...body }) => ({ body, group: body.ownerId, delaySeconds })),
    );
  }

  /** Enqueues deliveries, `delaySeconds` from now where given (at most {@link MAX_DELAY_SECONDS}). */
  async enqueueDeliveries(jobs: readonly (DeliveryJob & { delaySeconds?: number })[]): Promise<void> {
    await this.#send(
      "delivery",
      jobs.map(({ delaySeconds, ...body }) => ({ body, group: body.consumerOwnerId, delaySeconds })),
    );
  }

  async #send(
    queue: QueueName,
    messages: readonly (Omit<NewMessage, "body"> & { body: object })[],
  ): Promise<void> {
    await this.#queues[queue].send(
      messages.map((message) => ({ ...message, body: JSON.stringify(message.body) })),
    );
  }
}
