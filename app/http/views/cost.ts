import { z } from "@hono/zod-openapi";
import type { Counts } from "../../domain/meter.ts";
import type { Zekt } from "../../zekt.ts";

/** Events that a provider's repositories had: those that were blocked are charged like the others. */
export const eventsOf = (counts: Counts): number => (counts.eventsAllowed ?? 0) + (counts.eventsBlocked ?? 0);

export const costSchema = z
  .object({
    events: z.number().int().meta({ description: "Events, allowed and blocked", example: 42 }),
    perEvent: z.number().meta({ description: "What one costs", example: 0.01 }),
    amount: z.number().meta({ description: "What they cost together", example: 0.42 }),
    currency: z.string().meta({ description: "The currency, by its ISO 4217 code", example: "EUR" }),
  })
  .describe("What events cost, as this deployment's settings say")
  .openapi("Cost");

/** What so many events cost; rounded, so that sums of small prices show no fractions of floating point. */
export const costView = ({ cost }: Zekt, events: number): z.infer<typeof costSchema> => ({
  events,
  perEvent: cost.perEvent,
  amount: Number((events * cost.perEvent).toFixed(6)),
  currency: cost.currency,
});
