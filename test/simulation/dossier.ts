import type { Delivery } from "../../app/domain/records/delivery.ts";
import type { RunBook } from "../../app/domain/records/run-book.ts";
import {
  CATCH_UP,
  DISPATCHED,
  HOOK_LOG,
  PART_MARK,
  RUN_BOOK,
  RUN_OWNER,
} from "../../app/store/fact-kinds.ts";
import type { ConsumerRun } from "./consumer-runs.ts";
import type { SimulatedWorld } from "./world.ts";

/** Describes what is known of the provider's webhooks, where an event of it has no delivery. */
export async function dossierOfProvider({ observer, provider }: SimulatedWorld): Promise<string> {
  const { accounts, facts } = observer.store;
  const marks = ["runs", "jobs", "connections", "folds", "hooks"] as const;
  return JSON.stringify({
    repository: await accounts.getRepository(provider),
    log: await facts.get(HOOK_LOG.of({ of: provider })),
    catchUp: await facts.get(CATCH_UP.of()),
    parts: await Promise.all(marks.map((part) => facts.get(PART_MARK.of({ part })))),
  });
}

const at = (ms: number): string => new Date(ms).toISOString();

/** Describes a delivery whole: its record, the facts and jobs of it, its runs at GitHub and what their steps called. */
export async function dossierOf(
  { observer, consumers, github }: SimulatedWorld,
  delivery: Delivery,
  runs: readonly ConsumerRun[],
): Promise<string> {
  const { facts, jobs, connections } = observer.store;
  const { deliveryId, consumerRepositoryId: repositoryId, consumerOwnerId, subscriptionId } = delivery;
  const { kind, fullName } = consumers.find((one) => one.repositoryId === repositoryId) ?? {};
  const dispatched = await facts.recorded(DISPATCHED.of({ repositoryId }), "0", "9");
  const lines = [
    `The delivery ${deliveryId} of ${kind} ${fullName}: ${JSON.stringify(delivery)}`,
    `Its connection: ${JSON.stringify(await connections.get(subscriptionId))}`,
    `Recorded as dispatched: ${dispatched.filter((id) => id === deliveryId).length} times`,
  ];
  const named = new Set([
    ...Object.values(delivery.owners).flatMap(({ runId, duplicates }) => [runId, ...duplicates]),
    ...delivery.ambiguousRuns,
  ]);
  const isNamed = ({ run, consumer }: ConsumerRun): boolean =>
    consumer.repositoryId === repositoryId && named.has(String(run?.id));
  for (const one of runs.filter((run) => run.deliveryId === deliveryId || isNamed(run))) {
    const { run, dispatch, dispatchedAt, makeAt, beginAt, endAt, conclusion, confirmed, gaveUp, calls } = one;
    const runId = String(run?.id);
    const owner = await facts.get(RUN_OWNER.of({ repositoryId, runId }));
    const known = run && github.world.runs.get(run.id)?.attempts.at(-1);
    const whose = one.deliveryId === deliveryId ? "" : ` of ${one.deliveryId}`;
    lines.push(
      `Dispatch ${dispatch}${whose} at ${at(dispatchedAt)}, its run ${runId} made ${at(makeAt)}, began ${at(beginAt)}, ended ${at(endAt)} as ${conclusion}`,
      `  at GitHub ${known?.status} ${known?.conclusion}; recorded as the run of ${JSON.stringify(owner)}; answered ${confirmed}${gaveUp ? ", and a step gave up" : ""}`,
      ...calls.map((call) => `  ${call}`),
    );
  }
  for (const { runs: booked } of await books(observer, delivery))
    lines.push(...booked.map((run) => `Booked: ${JSON.stringify(run)}`));
  for await (const stored of jobs.ofOwner(consumerOwnerId))
    lines.push(...stored.map((job) => `A job stands: ${JSON.stringify(job)}`));
  return lines.join("\n");
}

/** Reads the books of the workflows that took a delivery on. */
async function books({ store }: SimulatedWorld["observer"], delivery: Delivery): Promise<RunBook[]> {
  const { consumerRepositoryId: repositoryId, owners } = delivery;
  const found = await Promise.all(
    Object.keys(owners).map((workflow) =>
      store.facts.get(RUN_BOOK.of({ repositoryId, workflow, event: "repository_dispatch" })),
    ),
  );
  return found.filter((book) => book !== null);
}
