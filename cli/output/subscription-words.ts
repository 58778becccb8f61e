import type { Subscription } from "../api/types.ts";
import { serviceName } from "./delivery-words.ts";
import { visible } from "./visible.ts";

/** Returns the name of a subscription's service; an alias says that it is one, as it may look like somebody's name. */
export const offerName = ({ service, serviceId }: Subscription): string =>
  service ? serviceName({ service }) : visible(serviceId);

/** Returns the name of a subscription's consumer; its id where the name is not known. */
export const subscriberName = ({ repository, repositoryId }: Subscription): string =>
  visible(repository ?? repositoryId);

/** Returns the event types that a subscription wants. */
export const eventTypesOf = ({ eventTypes }: Subscription): string =>
  eventTypes.length === 0 ? "every event type" : visible(eventTypes.join(", "));
