import type { Service } from "../records/service.ts";

/** Returns the one name of a service, as the API, zekt.yml and the console take and show it. */
export const serviceName = (
  { alias, slug }: Pick<Service, "alias" | "slug">,
  repository: { fullName: string } | null,
): string => `${alias ?? repository?.fullName ?? ""}/${slug}`;

/** Returns the name of a subscription in audit trails: the consumer, and the service as {@link serviceName} has it. */
export const subscriptionName = (consumer: string, service: string): string => `${consumer} for ${service}`;
