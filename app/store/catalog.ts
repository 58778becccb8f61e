import { bare } from "../domain/catalog/alias.ts";
import type { PresetDecision } from "../domain/records/preset-decision.ts";
import type { Service } from "../domain/records/service.ts";
import type { Subscription } from "../domain/records/subscription.ts";
import type { WhitelistedWorkflow } from "../domain/records/whitelisted-workflow.ts";
import type { Changes } from "./changes.ts";
import { keysAfter, type Portion, type PortionQuery } from "./pages.ts";
import {
  absent,
  type Condition,
  equals,
  IF_ABSENT,
  IF_EXISTS,
  type Item,
  type Key,
  type Table,
} from "./ports.ts";

const repositoryPk = (repositoryId: string): string => `repository#${repositoryId}`;
const servicePk = (serviceId: string): string => `service#${serviceId}`;

const workflowKey = (workflow: Pick<WhitelistedWorkflow, "repositoryId" | "path">): Key => ({
  pk: repositoryPk(workflow.repositoryId),
  sk: `workflow#${workflow.path}`,
});
const serviceKey = (service: Pick<Service, "repositoryId" | "serviceId">): Key => ({
  pk: repositoryPk(service.repositoryId),
  sk: `service#${service.serviceId}`,
});
const subscriptionKey = (subscription: Pick<Subscription, "serviceId" | "subscriptionId">): Key => ({
  pk: servicePk(subscription.serviceId),
  sk: `subscription#${subscription.subscriptionId}`,
});

const answerKey = (answer: Pick<PresetDecision, "serviceId" | "repository">): Key => ({
  pk: servicePk(answer.serviceId),
  sk: `answer#${answer.repository}`,
});
const aliasKey = (alias: string, serviceId: string): Key => ({
  pk: `alias#${bare(alias)}`,
  sk: `service#${serviceId}`,
});
/** The key that an earlier version wrote. */
const earlierAliasKey = (alias: string, serviceId: string): Key => ({
  ...aliasKey(alias, serviceId),
  pk: `alias#${alias.toLowerCase()}`,
});

/** The shelf of the directory a service stands on: everybody's, an organization's, or its repository's own. */
export type Shelf = "public" | `organization#${string}` | `private#${string}`;

const shelfOf = (service: Service): Shelf => {
  if (!service.published || service.visibility === "private") return `private#${service.repositoryId}`;
  return service.visibility === "public" ? "public" : `organization#${service.ownerId}`;
};

/** The whitelisted workflows and the services of a provider's repository. */
export interface Offer {
  workflows: WhitelistedWorkflow[];
  services: Service[];
}

/** Whitelisted workflows, services and subscriptions. */
export class Catalog {
  readonly #table: Table;
  readonly #changes: Changes;

  constructor(table: Table, changes: Changes) {
    this.#table = table;
    this.#changes = changes;
  }

  /** Reads a repository's workflows and services, consistently and in one query. */
  async offerOf(repositoryId: string): Promise<Offer> {
    const items = await this.#table.all<WhitelistedWorkflow | Service>({
      hash: ["pk", repositoryPk(repositoryId)],
    });
    return {
      workflows: items.filter(({ sk }) => sk.startsWith("workflow#")) as Item<WhitelistedWorkflow>[],
      services: items.filter(({ sk }) => sk.startsWith("service#")) as Item<Service>[],
    };
  }

  /** Whitelists a workflow, whose runs may then leave its repository; false where they could already. */
  async addWorkflow(workflow: WhitelistedWorkflow): Promise<boolean> {
    return await this.#table.put({ ...workflow, ...workflowKey(workflow) }, IF_ABSENT);
  }

  /** Blocks a workflow; false where it was blocked. */
  async removeWorkflow(workflow: Pick<WhitelistedWorkflow, "repositoryId" | "path">): Promise<boolean> {
    return await this.#table.delete(workflowKey(workflow), IF_EXISTS);
  }

  /** Adds a service; false, and nothing changed, where there is one. */
  async addService(service: Service): Promise<boolean> {
    return await this.#writeService(service, IF_ABSENT);
  }

  /** Writes a service over the one that was read; false, and nothing changed, where it changed meanwhile. */
  async replaceService(before: Service, after: Service): Promise<boolean> {
    return await this.#writeService(after, [equals("updatedAt", before.updatedAt)]);
  }

  async #writeService(service: Service, condition: Condition): Promise<boolean> {
    const { repositoryId, serviceId, alias } = service;
    // Before the service, so that no crash leaves one that cannot be found; what names a service that has another alias is passed over.
    if (alias !== null) await this.#table.put({ repositoryId, serviceId, ...aliasKey(alias, serviceId) });
    return await this.#table.put(
      {
        ...service,
        ...serviceKey(service),
        idPk: serviceId,
        idSk: "service",
        directoryPk: shelfOf(service),
        directorySk: `${service.slug}#${serviceId}`,
      },
      condition,
    );
  }

  /** The services that go by an alias, whatever its case; consistently. */
  async servicesByAlias(alias: string): Promise<Service[]> {
    const alike = await this.servicesLikeAlias(alias);
    return alike.filter((service) => service.alias?.toLowerCase() === alias.toLowerCase());
  }

  /** The services whose alias looks like a name; consistently. */
  async servicesLikeAlias(alias: string): Promise<Service[]> {
    const keys = new Set([aliasKey(alias, "").pk, earlierAliasKey(alias, "").pk]);
    const named = await Promise.all(
      [...keys].map((pk) =>
        this.#table.all<Pick<Service, "repositoryId" | "serviceId">>({ hash: ["pk", pk] }),
      ),
    );
    const byId = new Map(named.flat().map((one) => [one.serviceId, serviceKey(one)]));
    const services = await this.#table.getMany<Service>([...byId.values()]);
    return services.filter((service) => service.alias !== null && bare(service.alias) === bare(alias));
  }

  /** Forgets that a service went by an alias. */
  async dropAlias(alias: string, serviceId: string): Promise<void> {
    await this.#table.delete(aliasKey(alias, serviceId));
    await this.#table.delete(earlierAliasKey(alias, serviceId));
  }

  /** Reads a service of a known repository, consistently. */
  async getService(service: Pick<Service, "repositoryId" | "serviceId">): Promise<Service | null> {
    return await this.#table.get<Service>(serviceKey(service));
  }

  /** Finds a repository's service by its slug, whatever its id was made of; consistently. */
  async findBySlug(repositoryId: string, slug: string): Promise<Service | null> {
    const { services } = await this.offerOf(repositoryId);
    return services.find((service) => service.slug === slug) ?? null;
  }

  /** Finds a service by its id alone, also one that was just stored; the index names it, the table tells how it is now. */
  async findService(serviceId: string): Promise<Service | null> {
    const { items } = await this.#table.page<Service>(
      { index: "byId", hash: ["idPk", serviceId] },
      { limit: 1, settles: true },
    );
    return items[0] ? await this.getService(items[0]) : null;
  }

  /** Removes a service, with its alias and the answers given for it; false where it was gone. */
  async removeService(service: Pick<Service, "repositoryId" | "serviceId" | "alias">): Promise<boolean> {
    const wasThere = await this.#table.delete(serviceKey(service), IF_EXISTS);
    if (service.alias !== null) await this.dropAlias(service.alias, service.serviceId);
    for (const answer of await this.presetDecisionsOf(service.serviceId))
      await this.removePresetDecision(answer);
    return wasThere;
  }

  /** The answers a provider's file gives for a service. */
  async presetDecisionsOf(serviceId: string): Promise<PresetDecision[]> {
    return await this.#table.all<PresetDecision>(
      { hash: ["pk", servicePk(serviceId)] },
      { beginsWith: "answer#" },
    );
  }

  /** The answer a provider's file gives a repository, or null where it says nothing of it. */
  async getPresetDecision(
    answer: Pick<PresetDecision, "serviceId" | "repository">,
  ): Promise<PresetDecision | null> {
    return await this.#table.get<PresetDecision>(answerKey(answer));
  }

  async putPresetDecision(answer: PresetDecision): Promise<void> {
    await this.#table.put({ ...answer, ...answerKey(answer) });
  }

  async removePresetDecision(answer: Pick<PresetDecision, "serviceId" | "repository">): Promise<void> {
    await this.#table.delete(answerKey(answer));
  }

  /**
   * Reads on among the services on a shelf of the directory, in the order of their slugs. The index
   * names them and may lag; the table tells whether they still stand there, and how they are now.
   */
  async directoryAfter(shelf: Shelf, { after, count }: PortionQuery): Promise<Portion<Service>> {
    const page = await this.#table.page<Service & { directorySk: string }>(
      { index: "directory", hash: ["directoryPk", shelf], range: "directorySk" },
      { limit: count, ...(after === null ? {} : { between: keysAfter("", after) }) },
    );
    const services = await this.#table.getMany<Service & { directorySk: string }>(page.items.map(serviceKey));
    return {
      items: services
        .filter((service) => shelfOf(service) === shelf)
        .map((service) => [service.directorySk, service]),
      next: page.cursor === null ? null : (page.items.at(-1)?.directorySk ?? null),
    };
  }

  /** Adds a subscription; false, and nothing changed, where there is one. */
  async addSubscription(subscription: Subscription): Promise<boolean> {
    const isAdded = await this.#table.put(this.#subscriptionItem(subscription), IF_ABSENT);
    if (isAdded) this.#changes.publish(subscription.repositoryId, subscription.providerRepositoryId);
    return isAdded;
  }

  async putSubscription(subscription: Subscription): Promise<void> {
    await this.#table.put(this.#subscriptionItem(subscription));
  }

  /**
   * Sets attributes of a subscription that still has the status it was read with, and leaves the others as they are.
   * A consumer's wish never undoes a provider's decision, and a change of durable delivery never another one. Returns
   * it as it is then; null, and nothing changed, where the status or durable delivery moved or it is gone.
   */
  async updateSubscription(
    before: Subscription,
    change: Partial<Omit<Subscription, "subscriptionId" | "serviceId" | "repositoryId">>,
  ): Promise<Subscription | null> {
    const { durableVersion: version = 0 } = before as Subscription & { durableVersion?: number };
    const ofDurable = change.durable !== undefined;
    const changed = await this.#table.update<Subscription>(
      subscriptionKey(before),
      { ...change, ...(ofDurable ? { durableVersion: version + 1 } : {}) },
      [
        equals("status", before.status),
        ...(ofDurable ? [version === 0 ? absent("durableVersion") : equals("durableVersion", version)] : []),
      ],
    );
    if (changed) this.#changes.publish(changed.repositoryId, changed.providerRepositoryId);
    return changed;
  }

  #subscriptionItem(subscription: Subscription) {
    return {
      ...subscription,
      ...subscriptionKey(subscription),
      idPk: subscription.subscriptionId,
      idSk: "subscription",
      consumerPk: `repository#${subscription.repositoryId}`,
      consumerSk: subscription.subscriptionId,
    };
  }

  /** Reads a subscription of a known service, consistently. */
  async getSubscription(
    key: Pick<Subscription, "serviceId" | "subscriptionId">,
  ): Promise<Subscription | null> {
    return await this.#table.get<Subscription>(subscriptionKey(key));
  }

  /** Finds a subscription by its id alone, also one that was just stored. */
  async findSubscription(subscriptionId: string): Promise<Subscription | null> {
    const { items } = await this.#table.page<Subscription>(
      { index: "byId", hash: ["idPk", subscriptionId] },
      { limit: 1, settles: true },
    );
    return items[0] ? await this.getSubscription(items[0]) : null;
  }

  /** Removes a subscription; false where it was gone. */
  async removeSubscription(subscription: Subscription): Promise<boolean> {
    const wasThere = await this.#table.delete(subscriptionKey(subscription), IF_EXISTS);
    this.#changes.publish(subscription.repositoryId, subscription.providerRepositoryId);
    return wasThere;
  }

  /** All subscriptions to a service, consistently. */
  async subscriptionsTo(serviceId: string): Promise<Subscription[]> {
    return await this.#table.all<Subscription>(
      { hash: ["pk", servicePk(serviceId)] },
      { beginsWith: "subscription#" },
    );
  }

  /** Reads on among the subscriptions to a service, consistently, in the order of their ids. */
  async subscriptionsToAfter(
    serviceId: string,
    { after, count }: PortionQuery,
  ): Promise<Portion<Subscription>> {
    const page = await this.#table.page<Subscription>(
      { hash: ["pk", servicePk(serviceId)] },
      { limit: count, between: keysAfter("subscription#", after) },
    );
    return {
      items: page.items.map((one) => [one.subscriptionId, one]),
      next: page.cursor === null ? null : (page.items.at(-1)?.subscriptionId ?? null),
    };
  }

  /** A consumer repository's subscriptions, as the index knows them by now. */
  async subscriptionsOf(repositoryId: string): Promise<Subscription[]> {
    const known = await this.#table.all<Subscription>({
      index: "byConsumer",
      hash: ["consumerPk", `repository#${repositoryId}`],
      range: "consumerSk",
    });
    return await this.#table.getMany<Subscription>(known.map(subscriptionKey));
  }
}
