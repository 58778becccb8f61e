import type { Base } from "../check-file.ts";
import { subscriberName } from "../output/subscription-words.ts";
import { type Client, listOf } from "./client.ts";
import { findRepository } from "./find-repository.ts";
import type { Service, Subscription } from "./types.ts";

/**
 * Reads what a repository offers at a Zekt now, and who subscribed to it.
 *
 * @throws CommandError where the user may not see that
 */
export async function baseOfServer(client: Client, name: string): Promise<Base> {
  const { repositoryId } = await findRepository(client, name);
  const services = await listOf<Service>(client, `/repositories/${repositoryId}/services`, {});
  const subscribers: NonNullable<Base["subscribers"]> = new Map();
  for (const { serviceId, slug } of services) {
    const all = await listOf<Subscription>(client, `/services/${serviceId}/subscriptions`, {});
    const shown = all.map((one) => ({
      name: subscriberName(one),
      status: one.status,
      eventTypes: one.eventTypes,
    }));
    subscribers.set(slug, shown);
  }
  return { services, subscribers };
}
