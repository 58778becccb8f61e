import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import type { Account, EventCost } from "../../domain/records/account.ts";
import type { Counts } from "../../domain/records/meter-fact.ts";

/** Events that a provider's repositories had: those that were blocked are charged like the others. */
export const eventsOf = (counts: Counts): number => (counts.eventsAllowed ?? 0) + (counts.eventsBlocked ?? 0);

const perEvent = z.number().meta({ description: "What one costs", example: 0.01 });
const currency = z.string().meta({ description: "The currency, by its ISO 4217 code", example: "EUR" });

/** The cost of one event. */
export const eventCostSchema = z.object({ perEvent, currency });

/** The cost of one event, as an owner sets it. */
export const eventCostInput = z.strictObject({
  perEvent: perEvent.min(0).max(1_000_000),
  currency: currency.regex(/^[A-Z]{3}$/, {
    error: "must be a currency's code of three letters, such as EUR",
  }),
});

export const costSchema = z
  .object({
    events: z.number().int().meta({ description: "Events, allowed and blocked", example: 42 }),
    perEvent,
    amount: z.number().meta({ description: "What they cost together", example: 0.42 }),
    currency,
  })
  .describe("What events cost, as their owner set it or else this deployment's settings say")
  .openapi("Cost");

/** Returns the cost of an owner's event: the owner's setting, or else this deployment's. */
export const costOf = ({ cost }: ApiDeps, owner: Pick<Account, "cost"> | null): EventCost =>
  owner?.cost ?? cost;

/**
 * Returns the cost of a number of events; rounded, so that sums of small prices show no fractions of floating
 * point.
 */
export const costView = ({ perEvent, currency }: EventCost, events: number): z.infer<typeof costSchema> => ({
  events,
  perEvent,
  amount: Number((events * perEvent).toFixed(6)),
  currency,
});
