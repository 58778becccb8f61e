import type { ApiDeps } from "../../deps.ts";
import { startsWorkflow } from "../../domain/delivery/start.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import type { Listener } from "../delivery/find-listeners.ts";
import type { Obstacle } from "./preflight.ts";

/** Something that stops not every delivery, or leaves less known of it. */
export interface Warning {
  code: "runs-unnamed" | "runs-cancelled" | "lock-unreadable";
  message: string;
  link: string | null;
}

const overlap = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === 0 || b.length === 0 || a.some((type) => b.includes(type));

/**
 * Names the other subscriptions whose dispatches start the same workflows. A dispatch starts every workflow that
 * listens to its type: with two subscriptions each workflow runs twice for one event.
 */
export async function findShared(
  deps: ApiDeps,
  repository: Repository,
  subscription: Subscription,
): Promise<Obstacle[]> {
  const all = await deps.store.catalog.subscriptionsOf(repository.repositoryId);
  const others = all.filter(
    (one) =>
      one.subscriptionId !== subscription.subscriptionId &&
      one.serviceId === subscription.serviceId &&
      (one.status === "approved" || one.status === "requested") &&
      !startsWorkflow(one) &&
      overlap(one.eventTypes, subscription.eventTypes),
  );
  const named = (workflow: string | null): string => workflow ?? "any workflow";
  return others.map(({ workflow }) => ({
    code: "type-shared",
    message: `${repository.fullName} subscribes to this service for ${named(subscription.workflow)} and for ${named(workflow)}. Each dispatch starts both, so each runs twice for one event. Start both by workflow_dispatch, or keep one subscription.`,
    link: null,
  }));
}

/** Warns of plain workflows whose runs are not named for their delivery, where the runs are followed. */
export function warnOfRuns(
  deps: ApiDeps,
  repository: Repository,
  { workflow, durable }: Subscription,
  listeners: readonly Listener[],
): Warning[] {
  if (!repository.tracking || durable === null || listeners.some(({ speaks }) => speaks)) return [];
  return listeners
    .filter(({ path, namesDelivery }) => (workflow === null || path === workflow) && !namesDelivery)
    .map(({ path }) => ({
      code: "runs-unnamed",
      message: `The run-name of ${path} on ${repository.defaultBranch} of ${repository.fullName} does not hold the delivery id (github.event.client_payload.zekt.deliveryId). Where deliveries come together and one of their runs fails, all of them end as failed and not known.`,
      link: deps.links.file(repository, path),
    }));
}
