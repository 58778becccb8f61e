import type { Service } from "../records/service.ts";

/** Returns whether an owner may see a service and subscribe to it. */
export const isVisibleTo = (service: Service, ownerId: string): boolean =>
  service.published &&
  (service.visibility === "public" ||
    service.ownerId === ownerId ||
    service.preapprovedOwners.includes(ownerId));
