import { CommandError, EXIT, usageError } from "../exit.ts";
import { offerName } from "../output/subscription-words.ts";
import { type Client, listOf } from "./client.ts";
import { findRepository } from "./find-repository.ts";
import type { Subscription } from "./types.ts";

/** Returns whether a text can be a subscription's id. */
export const isSubscriptionId = (text: string): boolean => /^subscription-[0-9a-f-]+$/.test(text);

/**
 * Returns the subscription that an id stands for, or the only one of a consumer's repository.
 *
 * @throws CommandError where there is none, or more than one
 */
export async function findSubscription(client: Client, named: string): Promise<Subscription> {
  if (isSubscriptionId(named)) return await client.call("GET", `/subscriptions/${named}`);
  if (!/^[\w.-]+\/[\w.-]+$/.test(named))
    throw usageError("Name a subscription by its id, which begins with subscription-, or by its repository.");
  const { repositoryId } = await findRepository(client, named);
  const all = await listOf<Subscription>(client, `/repositories/${repositoryId}/subscriptions`, {});
  const [only, ...others] = all;
  if (!only) throw new CommandError(EXIT.refused, `${named} has no subscription.`);
  if (others.length === 0) return only;
  const choices = all.map((one) => `${one.subscriptionId}  ${offerName(one)}  ${one.status}`);
  throw usageError(`${named} has several subscriptions; name one by its id:`, choices);
}
