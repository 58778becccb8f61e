import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { DAY, iso } from "../../domain/clock.ts";
import { replayIdOf } from "../../domain/ids.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import { Refusal } from "../../domain/refusal.ts";
import { requireSubscription } from "../../steps/catalog/subscribe.ts";
import { cancelReplay, startReplay } from "../../steps/replay/bulk-replay.ts";
import { checkMayReplay, replay } from "../../steps/replay/replay.ts";
import { audit, changesOf, trailsOfBoth } from "../kit/audit.ts";
import { onDeliveryOf, onReplayed, onReplayJob } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { subscriptionId, wantedMoment } from "../views/common.ts";
import { deliveryStatus } from "../views/delivery.ts";
import { replayJobSchema, replayJobView, replaySchema } from "../views/replay.ts";

const tag = "Replay";

/** As far back as payloads are archived. */
const ARCHIVED = 90 * DAY;

const bulkInput = z
  .strictObject({
    subscriptionId,
    from: wantedMoment.meta({
      description: "90 days ago, unless said: payloads are kept no longer",
      example: "2026-01-01T00:00:00Z",
    }),
    to: wantedMoment.meta({ description: "Now, unless said", example: "2026-02-01T00:00:00Z" }),
    status: z.array(deliveryStatus).min(1).default(["Failed"]).describe("Only deliveries that ended so"),
    dryRun: z.boolean().default(false).describe("Only count what would be replayed"),
  })
  .openapi("ReplayInput");

const onceHeader = z.object({
  "idempotency-key": z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("The same key again answers the same new delivery"),
});

/** Replays: of one delivery, and of many as a job. */
export function replayRoutes(define: Define, deps: ApiDeps): void {
  const knownJob = async (jobId: string) => {
    const job = await deps.store.replayJobs.get(jobId);
    if (!job) throw new Refusal("not-found", "There is no such job.");
    return job;
  };
  define({
    id: "replayDelivery",
    method: "post",
    path: "/api/replay/{deliveryId}",
    summary: "Send an ended delivery's archived payload to its consumer once more",
    tag,
    access: onDeliveryOf("change"),
    status: 201,
    headers: onceHeader,
    refusals: [410],
    answer: replaySchema,
    async handle(call) {
      const original = await deps.store.deliveries.get(call.param("deliveryId"));
      if (!original) throw new Refusal("not-found", "There is no such delivery.");
      call.note({ correlationId: original.correlationId });
      const service = await deps.store.catalog.findService(original.source.serviceId);
      const asker = await changesOf(call, original);
      // The repository may have changed hands since: its owner of today decides.
      const consumer = await deps.store.accounts.getRepository(original.consumerRepositoryId);
      const { ownerId: consumerOwnerId } = consumer ?? { ownerId: original.consumerOwnerId };
      await checkMayReplay(deps, { consumerOwnerId }, service, asker);
      const key = call.context.req.header("idempotency-key") ?? crypto.randomUUID();
      const made = await replay(deps, original, replayIdOf(key, original.deliveryId));
      const subject = `${original.deliveryId} as ${made.deliveryId}`;
      // The same key again may come after a crash, so it is recorded again, in the same place.
      const once = { at: made.createdAt, entryId: made.deliveryId };
      await audit(
        call,
        "delivery-replayed",
        trailsOfBoth(original, asker),
        subject,
        original.eventType,
        once,
      );
      return { deliveryId: made.deliveryId, replayOf: original.deliveryId };
    },
  });
  define({
    id: "replayMany",
    method: "post",
    path: "/api/replay",
    summary: "Replay a connection's deliveries of a time and status as a job, or count them",
    tag,
    access: onReplayed,
    status: 202,
    body: bulkInput,
    answer: replayJobSchema,
    async handle(call) {
      const { body } = call;
      const subscription = await requireSubscription(deps, body.subscriptionId);
      const service = await deps.store.catalog.findService(subscription.serviceId);
      const of = {
        consumerOwnerId: subscription.ownerId,
        consumerRepositoryId: subscription.repositoryId,
        providerRepositoryId: subscription.providerRepositoryId,
      };
      const asker = await changesOf(call, of);
      await checkMayReplay(deps, of, service, asker);
      const now = deps.clock.now();
      const { from = iso(now - ARCHIVED), to = iso(now), status: statuses, dryRun } = body;
      if (from > to) throw invalidAt(["from"], `It is later than the end of the requested time, ${to}.`);
      const requestedBy = call.by();
      const filter = { subscriptionId: body.subscriptionId, from, to, statuses };
      const job = await startReplay(deps, subscription, { ...filter, dryRun, requestedBy, asker });
      if (!dryRun) {
        const detail = `${statuses.join(", ")} from ${from} to ${to}`;
        await audit(call, "replay-started", trailsOfBoth(of, asker), job.jobId, detail);
      }
      return replayJobView(job);
    },
  });
  define({
    id: "getReplayJob",
    method: "get",
    path: "/api/replay/jobs/{jobId}",
    summary: "Read how far a bulk replay has come",
    tag,
    access: onReplayJob("see"),
    answer: replayJobSchema,
    handle: async ({ param }) => replayJobView(await knownJob(param("jobId"))),
  });
  define({
    id: "cancelReplayJob",
    method: "delete",
    path: "/api/replay/jobs/{jobId}",
    summary: "Stop a bulk replay; what it has made stays",
    tag,
    access: onReplayJob("change"),
    answer: replayJobSchema,
    async handle(call) {
      const { job, isNew } = await cancelReplay(deps, call.param("jobId"));
      const of = isNew ? await deps.store.catalog.findSubscription(job.subscriptionId) : null;
      if (of) {
        const sides = { ...of, consumerRepositoryId: of.repositoryId };
        await audit(call, "replay-cancelled", trailsOfBoth(sides, await changesOf(call, sides)), job.jobId);
      }
      return replayJobView(job);
    },
  });
}
