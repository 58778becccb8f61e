import type { WorkerDeps } from "../../deps.ts";
import { DAY } from "../../domain/clock.ts";
import { consumersShare, providersShare } from "../../domain/delivery/delivery-sides.ts";
import type { Delivery } from "../../domain/records/delivery.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { StoredEvent, StoredMessage } from "../../domain/records/run.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import type { DeliverySide } from "../../store/deliveries.ts";
import { pages } from "../../store/pages.ts";
import { plain } from "../../store/plain.ts";

/** As far back as hours of usage are kept. */
const USAGE = 400 * DAY;

/**
 * Everything stored of an owner: its account, repositories, what they offer and want, what their runs
 * said and what became of it, and its usage. Of what it shares with others it holds the owner's part
 * only: no run of a consumer, nothing that names a provider behind an alias.
 */
export async function exportOwner(deps: WorkerDeps, ownerId: string): Promise<object> {
  const { accounts, meters } = deps.store;
  const account = await accounts.getAccount(ownerId);
  const repositories = [];
  for (const repository of await accounts.allRepositories(ownerId)) {
    repositories.push(await exportRepository(deps, repository));
  }
  const now = deps.clock.now();
  const usage = Object.fromEntries(await meters.byHour(`owner#${ownerId}`, now - USAGE, now));
  return { account: account && plain(account), repositories, usage };
}

async function exportRepository(deps: WorkerDeps, repository: Repository): Promise<object> {
  const { catalog } = deps.store;
  const { repositoryId } = repository;
  const { services, workflows } = await catalog.offerOf(repositoryId);
  const subscribers = [];
  for (const { serviceId } of services) subscribers.push(...(await catalog.subscriptionsTo(serviceId)));
  const wanted = await catalog.subscriptionsOf(repositoryId);
  return {
    repository: plain(repository),
    workflows: workflows.map(plain),
    services: services.map(plain),
    subscribers: subscribers.map(plain),
    subscriptions: wanted.map(subscribersShare),
    ...(await exportRuns(deps, repositoryId)),
    payloads: await exportPayloads(deps, repositoryId),
    deliveries: {
      provided: (await everyDelivery(deps, "provider", repositoryId)).map(providersShare).map(plain),
      received: (await everyDelivery(deps, "consumer", repositoryId)).map(consumersShare).map(plain),
    },
  };
}

/** A subscription without what would name a provider behind an alias. */
function subscribersShare(subscription: Subscription): Partial<Subscription> {
  const { providerRepositoryId: _, providerOwnerId: __, decidedBy: ___, ...rest } = plain(subscription);
  return rest;
}

async function exportRuns(
  deps: WorkerDeps,
  repositoryId: string,
): Promise<{ events: object[]; messages: object[] }> {
  const events: object[] = [];
  const messages: object[] = [];
  for await (const items of pages((cursor) => deps.store.runs.ofRepository(repositoryId, { cursor }))) {
    for (const item of items) {
      if (isMessage(item)) messages.push(plain({ ...item, body: await bodyOf(deps, item) }));
      else events.push(plain(item));
    }
  }
  return { events, messages };
}

const isMessage = (item: StoredEvent | StoredMessage): item is StoredMessage => "sha256" in item;

const bodyOf = async (deps: WorkerDeps, { body, bodyKey }: StoredMessage): Promise<string | null> =>
  body ?? (bodyKey === null ? null : await deps.store.archive.get(bodyKey));

/** Returns the payloads that the runs' messages and events were joined to, as far as the archive still holds them. */
async function exportPayloads(deps: WorkerDeps, repositoryId: string): Promise<object[]> {
  const { archive } = deps.store;
  const payloads: object[] = [];
  for await (const keys of pages((cursor) => archive.list(`events/${repositoryId}/`, cursor))) {
    for (const key of keys) {
      const text = await archive.get(key);
      if (text !== null) payloads.push({ key, payload: JSON.parse(text) as object });
    }
  }
  return payloads;
}

async function everyDelivery(
  deps: WorkerDeps,
  side: DeliverySide,
  repositoryId: string,
): Promise<Delivery[]> {
  const found: Delivery[] = [];
  for await (const items of pages((cursor) => deps.store.deliveries.list(side, repositoryId, { cursor }))) {
    found.push(...items);
  }
  return found;
}
