import { readFileSync } from "node:fs";

const prices = JSON.parse(readFileSync(new URL("../prices.json", import.meta.url), "utf8")) as Record<
  string,
  unknown
>;

/** When the prices were looked up: a year and its month. */
export const PRICES_AS_OF = String(prices.asOf);

/** Returns AWS's price of something, in US dollars. */
export function price(name: string): number {
  const found = prices[name];
  if (typeof found !== "number")
    throw new Error(`bench/prices.json has no ${name}: add it, with its source.`);
  return found;
}

/**
 * Returns what a million requests of SQS cost for messages that have a group: fair queues cost more. AWS does not say
 * of which requests; here it is all of them.
 */
export const fairQueuePrice = (): number =>
  price("sqsPerMillionRequests") + price("sqsFairPerMillionRequests");
