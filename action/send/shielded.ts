import { callZekt, jsonOf } from "../shared/api.ts";
import { StepError } from "../shared/step-error.ts";
import type { MessageKey } from "./shield.ts";

/** Zekt's answer to the question whom a message has to be encrypted to. */
interface MessageKeys {
  eventType: string;
  keys: readonly MessageKey[];
  subscriptions: number;
  blocked: string | null;
}

/** A message as it is sent, and the number of keys that it is encrypted to; or the reason that it need not be sent. */
export type Shielded = { payload: string; keys: number } | { nobody: string };

/**
 * Encrypts a message to every subscriber that would get it. Whatever fails, nothing is sent in plain text instead.
 *
 * @throws StepError where a subscriber has no key, or Zekt does not say whom it is for
 */
export async function shieldMessage(eventType: string, json: string): Promise<Shielded> {
  const called = await callZekt({ method: "POST", path: "/events/keys", body: { eventType } });
  const { keys, subscriptions, blocked } = jsonOf<MessageKeys>(called, "eventType");
  if (!Array.isArray(keys) || (keys.length === 0 && subscriptions !== 0)) {
    throw new StepError(
      `${called.host} did not say whom the message has to be encrypted to, so nothing was sent.`,
    );
  }
  if (keys.length === 0) return { nobody: blocked ?? "no approved subscription wants it." };
  const { encrypt } = await import("./shield.ts");
  return { payload: await encrypt(json, keys), keys: keys.length };
}
