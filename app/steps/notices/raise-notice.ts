import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { noticeIdOf } from "../../domain/notices/notice.ts";
import type { Account } from "../../domain/records/account.ts";
import type { ConnectionState } from "../../domain/records/connection-state.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Notice, NoticeKey } from "../../domain/records/notice.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { NOTICE_RAISED, PERMISSION_RAISED } from "../../store/fact-kinds.ts";
import { pages } from "../../store/pages.ts";

/**
 * Notifies a repository's people of something, in the way they chose; does nothing where they chose none. Only
 * enqueues, and the same notice once, however often it is told. Answers whether anybody is told.
 */
export async function raiseNotice(deps: WorkerDeps, notice: Notice): Promise<boolean> {
  const { accounts, notices, jobs, facts } = deps.store;
  const repository = await accounts.getRepository(notice.repositoryId);
  const by = repository?.notifications?.by ?? "none";
  if (by === "none") return false;
  const raised = NOTICE_RAISED.of({ noticeId: noticeIdOf(notice) });
  if (await facts.get(raised)) return true;
  const { repositoryId, ownerId } = notice;
  if (by === "issue") {
    await notices.open(notice);
    await jobs.enqueue([{ kind: "issue", ownerId, repositoryId }]);
  } else {
    await jobs.enqueue([{ kind: "notify", ownerId, notice, tries: 0 }]);
  }
  // Last: told twice is better than not at all.
  await facts.set(raised, { by });
  return true;
}

/** Resolves what somebody has seen to, or what passed by itself. */
export async function resolveNotice(deps: WorkerDeps, key: NoticeKey & { ownerId: string }): Promise<void> {
  const { notices } = deps.store;
  if (await notices.isOpen(key)) await changeIssue(deps, key, () => notices.close([key]));
}

/** Makes a change that a repository's issue has to show, and has the issue written. */
export const changeIssue = <T>(
  deps: WorkerDeps,
  { ownerId, repositoryId }: { ownerId: string; repositoryId: string },
  change: () => Promise<T>,
): Promise<T> => deps.store.jobs.enqueueAfter({ kind: "issue", ownerId, repositoryId }, change);

/** Notifies a consumer that a durable delivery failed in the end; one that was replayed is resolved. */
export async function raiseDeadLetter(deps: WorkerDeps, delivery: Delivery): Promise<void> {
  // What was made to try a subscription is seen by whoever tries it.
  if (delivery.status !== "Failed" || delivery.durable === null || delivery.isTest) return;
  const { consumerRepositoryId: repositoryId, consumerOwnerId: ownerId, deliveryId } = delivery;
  const key = { repositoryId, ownerId, kind: "dead-letter", subject: deliveryId } as const;
  if (delivery.replayedBy !== null) return await resolveNotice(deps, key);
  await raiseNotice(deps, {
    ...key,
    at: delivery.completedAt ?? delivery.createdAt,
    reason: delivery.failure?.reason ?? "It failed.",
    subscriptionId: delivery.subscriptionId,
    deliveryId,
    service: `${delivery.source.repo}/${delivery.source.slug}`,
    other: null,
  });
}

/** Raises a notice that a connection was paused, or resolves it where the connection goes on. */
export async function updatePausedNotice(deps: WorkerDeps, state: ConnectionState): Promise<void> {
  const { subscriptionId, pausedAt, failure } = state;
  const subscription = await deps.store.catalog.findSubscription(subscriptionId);
  if (!subscription) return;
  const { repositoryId, ownerId } = subscription;
  const key = { repositoryId, ownerId, kind: "connection-paused", subject: subscriptionId } as const;
  if (pausedAt === null) return await resolveNotice(deps, key);
  await raiseNotice(deps, {
    ...key,
    at: pausedAt,
    reason: failure?.reason ?? "Too many deliveries failed in a row.",
    subscriptionId,
    deliveryId: null,
    service: null,
    other: null,
  });
}

/** Raises a notice that somebody asks for a provider's service, or resolves it once that is answered. */
export async function updateRequestNotice(deps: WorkerDeps, subscription: Subscription): Promise<void> {
  const { subscriptionId, providerRepositoryId: repositoryId, providerOwnerId: ownerId } = subscription;
  const key = { repositoryId, ownerId, kind: "access-requested", subject: subscriptionId } as const;
  if (subscription.status !== "requested") return await resolveNotice(deps, key);
  const { accounts, catalog } = deps.store;
  const [consumer, service] = await Promise.all([
    accounts.getRepository(subscription.repositoryId),
    catalog.getService({ repositoryId, serviceId: subscription.serviceId }),
  ]);
  await raiseNotice(deps, {
    ...key,
    at: subscription.requestedAt,
    reason: `${subscription.requestedBy} asks for it; approve or deny the subscription.`,
    subscriptionId,
    deliveryId: null,
    service: service?.slug ?? null,
    other: consumer?.fullName ?? null,
  });
}

/** Raises a notice that the App cannot do something in a repository any more, or resolves it where `reason` is null. */
export async function updatePermissionNotice(
  deps: WorkerDeps,
  { repositoryId, ownerId }: { repositoryId: string; ownerId: string },
  subject: (typeof PERMISSION_SUBJECTS)[number],
  reason: string | null,
): Promise<void> {
  const key = { repositoryId, ownerId, kind: "permission-lost", subject } as const;
  const { facts } = deps.store;
  const raised = PERMISSION_RAISED.of({ repositoryId, subject });
  if (reason === null) {
    await facts.remove(raised);
    return await resolveNotice(deps, key);
  }
  // It is found anew every few hours for as long as nobody mends it.
  if ((await facts.get(raised))?.reason === reason) return;
  const told = await raiseNotice(deps, {
    ...key,
    at: iso(deps.clock.now()),
    reason,
    subscriptionId: null,
    deliveryId: null,
    service: null,
    other: null,
  });
  if (told) await facts.set(raised, { reason });
}

/** Runs that were missed and cannot be had any more, and when they ended (ISO 8601). */
export interface MissedRuns {
  since: string;
  until: string;
  runs: number;
}

/** Notifies a repository's people of runs that are lost for Zekt: in its notices, and with the repository. */
export async function raiseMissedRuns(
  deps: WorkerDeps,
  { repositoryId, ownerId }: { repositoryId: string; ownerId: string },
  { since, until, runs }: MissedRuns,
): Promise<void> {
  await deps.store.accounts.changeRepository({ repositoryId, missedRuns: { since, until, runs } });
  await raiseNotice(deps, {
    repositoryId,
    ownerId,
    kind: "runs-missed",
    subject: since,
    at: iso(deps.clock.now()),
    reason: `${runs} runs that ended between ${since} and ${until} did not reach Zekt, and GitHub does not tell of them any more.`,
    subscriptionId: null,
    deliveryId: null,
    service: null,
    other: null,
  });
}

/** The permissions that the App needs, each with its purpose. */
const NEEDED = [
  ["contents", "write", "dispatch events to consumers"],
  ["repository_hooks", "write", "hear of workflow runs"],
] as const;

/** Everything that a notice of a lost permission may be about. */
export const PERMISSION_SUBJECTS = ["installation", "webhook", ...NEEDED.map(([name]) => name)] as const;

type Permissions = Pick<Account, "permissions">;

const movedOf = (before: Permissions, after: Permissions) =>
  NEEDED.filter(
    ([name, level]) => (before.permissions[name] === level) !== (after.permissions[name] === level),
  );

/** Returns whether the App has lost a permission that it needs, or has one again. */
export const hasMoved = (before: Permissions, after: Permissions): boolean =>
  movedOf(before, after).length > 0;

/**
 * Raises a notice in an owner's repositories that the App lost a permission, or resolves it where it was granted again.
 *
 * @param before - null where it is not known of which permissions that was done already
 */
export async function updatePermissionNotices(
  deps: WorkerDeps,
  before: Permissions | null,
  after: Pick<Account, "ownerId" | "login" | "permissions">,
): Promise<void> {
  const moved = before === null ? NEEDED : movedOf(before, after);
  if (moved.length === 0) return;
  const { accounts } = deps.store;
  for await (const items of pages((cursor) => accounts.listRepositories(after.ownerId, { cursor }))) {
    for (const repository of items.filter(({ notifications }) => (notifications?.by ?? "none") !== "none")) {
      for (const [name, level, purpose] of moved) {
        const lost = after.permissions[name] !== level;
        const reason = `The App has lost the permission "${name}: ${level}", without which it cannot ${purpose}; the owner of ${after.login}'s installation can grant it again.`;
        await updatePermissionNotice(deps, repository, name, lost ? reason : null);
      }
    }
  }
}
