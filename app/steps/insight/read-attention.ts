import type { WorkerDeps } from "../../deps.ts";
import { DAY, iso, startOfHour } from "../../domain/clock.ts";
import { sum } from "../../domain/insight/meter.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { type ConnectionSide, connectionsAfter } from "./list-connections.ts";

/** Things older than this need nobody's attention any more. */
const RANGE = 7 * DAY;
/** Repositories looked at, of each side. */
const MAX_REPOSITORIES = 50;
/** Subscriptions looked at, of each side. */
const MAX_SUBSCRIPTIONS = 300;
/** Deliveries looked at, of each repository and side. */
const MAX_DELIVERIES = 200;

/** One thing that somebody should act on. */
export interface Concern {
  kind: "requested" | "paused" | "failed" | "blocked" | "webhook";
  side: ConnectionSide;
  repository: Repository;
  count: number;
  subscriptionId: string | null;
  /** Says more, where there is more to say. */
  reason: string | null;
}

/** A step on the way to the first delivery, and whether it is done. */
export interface Step {
  step: "install" | "enable" | "whitelist" | "offer" | "request" | "approve" | "deliver";
  done: boolean;
}

export interface Attention {
  concerns: Concern[];
  /** Since when failed deliveries and blocked events are counted, in milliseconds since the epoch. */
  since: number;
  /** False where there was too much to look at everything. */
  complete: boolean;
  steps: Record<ConnectionSide, Step[]>;
}

interface Seen {
  concerns: Concern[];
  subscriptions: Subscription[];
  /** True where anything was ever delivered. */
  delivered: boolean;
  complete: boolean;
}

/** Reads what needs somebody's attention in their repositories, and how far they are on the way to a first delivery. */
export async function readAttention(
  deps: WorkerDeps,
  repositories: readonly Repository[],
): Promise<Attention> {
  // Blocked events are counted by whole hours. So the answer also stays the same while nothing changes.
  const since = startOfHour(deps.clock.now() - RANGE);
  const reachable = repositories.filter((one) => one.reachable);
  const [provider, consumer] = await Promise.all([
    readSide(deps, "provider", reachable, since),
    readSide(deps, "consumer", reachable, since),
  ]);
  const providing = reachable.filter((one) => one.provider);
  const offers = await Promise.all(
    providing.slice(0, MAX_REPOSITORIES).map((one) => deps.store.catalog.offerOf(one.repositoryId)),
  );
  const isApproved = ({ status }: Subscription): boolean => status === "approved";
  return {
    concerns: [...provider.concerns, ...consumer.concerns],
    since,
    complete: provider.complete && consumer.complete,
    steps: {
      provider: [
        { step: "install", done: reachable.length > 0 },
        { step: "enable", done: providing.length > 0 },
        { step: "whitelist", done: offers.some(({ workflows }) => workflows.length > 0) },
        { step: "offer", done: offers.some(({ services }) => services.some((one) => one.published)) },
        { step: "approve", done: provider.subscriptions.some(isApproved) },
        { step: "deliver", done: provider.delivered },
      ],
      consumer: [
        { step: "install", done: reachable.length > 0 },
        { step: "enable", done: reachable.some((one) => one.consumer) },
        { step: "request", done: consumer.subscriptions.length > 0 },
        { step: "approve", done: consumer.subscriptions.some(isApproved) },
        { step: "deliver", done: consumer.delivered },
      ],
    },
  };
}

async function readSide(
  deps: WorkerDeps,
  side: ConnectionSide,
  all: readonly Repository[],
  since: number,
): Promise<Seen> {
  const enabled = all.filter((one) => one[side]);
  const repositories = enabled.slice(0, MAX_REPOSITORIES);
  const { items, next } = await connectionsAfter(deps, side, repositories, {
    after: null,
    count: MAX_SUBSCRIPTIONS,
  });
  const subscriptions = items.map(([, one]) => one);
  const seen = await Promise.all(repositories.map((one) => ofRepository(deps, side, one, since)));
  const byId = new Map(repositories.map((one) => [one.repositoryId, one]));
  const ownOf = (one: Subscription) =>
    byId.get(side === "provider" ? one.providerRepositoryId : one.repositoryId);
  return {
    concerns: [
      ...requested(side, subscriptions, ownOf),
      ...(await paused(deps, side, subscriptions, ownOf)),
      ...seen.flatMap(({ concerns }) => concerns),
    ],
    subscriptions,
    delivered: seen.some(({ delivered }) => delivered),
    complete:
      next === null && repositories.length === enabled.length && seen.every(({ complete }) => complete),
  };
}

type OwnOf = (one: Subscription) => Repository | undefined;

/** Names the requests that a provider has not decided, each repository's together. */
function requested(side: ConnectionSide, subscriptions: readonly Subscription[], ownOf: OwnOf): Concern[] {
  if (side === "consumer") return [];
  const open = subscriptions.filter(({ status }) => status === "requested");
  return [...Map.groupBy(open, ownOf)].flatMap(([repository, { length }]) =>
    repository
      ? [{ kind: "requested" as const, side, repository, count: length, subscriptionId: null, reason: null }]
      : [],
  );
}

/** Names the connections that are paused after too many failures. */
async function paused(
  deps: WorkerDeps,
  side: ConnectionSide,
  subscriptions: readonly Subscription[],
  ownOf: OwnOf,
): Promise<Concern[]> {
  const approved = subscriptions.filter(({ status }) => status === "approved");
  const states = await deps.store.connections.getMany(approved.map(({ subscriptionId }) => subscriptionId));
  const byId = new Map(states.map((one) => [one.subscriptionId, one]));
  return approved.flatMap((one) => {
    const { subscriptionId } = one;
    const { pausedAt = null, failure = null } = byId.get(subscriptionId) ?? {};
    const repository = ownOf(one);
    if (pausedAt === null || !repository) return [];
    // What went wrong in the consumer's repository is the consumer's alone.
    const reason = side === "consumer" ? (failure?.reason ?? null) : null;
    return [{ kind: "paused" as const, side, repository, count: 1, subscriptionId, reason }];
  });
}

async function ofRepository(
  deps: WorkerDeps,
  side: ConnectionSide,
  repository: Repository,
  since: number,
): Promise<Pick<Seen, "concerns" | "delivered" | "complete">> {
  const { repositoryId } = repository;
  const now = deps.clock.now();
  const [recent, hours] = await Promise.all([
    deps.store.deliveries.listAfter(side, repositoryId, {
      after: null,
      count: MAX_DELIVERIES,
      between: ["0", "9"],
    }),
    side === "provider" ? deps.store.meters.byHour(`repository#${repositoryId}`, since, now) : new Map(),
  ]);
  const concerns: Concern[] = [];
  const add = (kind: Concern["kind"], count: number, reason: string | null = null): void => {
    if (count > 0) concerns.push({ kind, side, repository, count, subscriptionId: null, reason });
  };
  const from = iso(since);
  const failed = recent.items.filter(([, one]) => isOpen(one) && one.createdAt >= from);
  add("failed", failed.length);
  add("blocked", sum(hours.values()).eventsBlocked ?? 0);
  if (side === "provider" || !repository.provider)
    add("webhook", repository.hookProblem === null ? 0 : 1, repository.hookProblem);
  const last = recent.items.at(-1)?.[1];
  return {
    concerns,
    delivered: recent.items.some(([, one]) => one.dispatchedAt !== null),
    complete: recent.next === null || (last !== undefined && last.createdAt < from),
  };
}

/** Returns whether a delivery failed and nobody has replayed it. */
const isOpen = ({ status, replayedBy, isTest }: Delivery): boolean =>
  status === "Failed" && replayedBy === null && !isTest;
