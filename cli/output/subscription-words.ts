import type { Subscription } from "../api/types.ts";
import { visible } from "./visible.ts";

/** Returns the name of a subscription's service, as the directory has it. */
export const offerName = ({ service, serviceId }: Subscription): string =>
  visible(service ? `${service.provider}/${service.slug}` : serviceId);

/** Returns the name of a subscription's consumer; its id where the name is not known. */
export const subscriberName = ({ repository, repositoryId }: Subscription): string =>
  visible(repository ?? repositoryId);

/** Returns the event types that a subscription wants. */
export const eventTypesOf = ({ eventTypes }: Subscription): string =>
  eventTypes.length === 0 ? "every event type" : visible(eventTypes.join(", "));
