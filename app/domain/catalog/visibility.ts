import type { Service } from "../records/service.ts";

/** Whether a service may be seen, and asked for, by an owner. */
export const isVisibleTo = (service: Service, ownerId: string): boolean =>
  service.published &&
  (service.visibility === "public" ||
    service.ownerId === ownerId ||
    service.preapprovedOwners.includes(ownerId));
