import { warning } from "@actions/core";
import { callZekt, jsonOf } from "../shared/api.ts";
import { oneLine } from "../shared/one-line.ts";
import { StepError } from "../shared/step-error.ts";
import type { MessageType } from "./schema.ts";
import type { MessageKey } from "./shield.ts";

/** Zekt's answer to the question whom a message has to be encrypted to. */
interface MessageKeys {
  eventType: string;
  keys: readonly MessageKey[];
  subscriptions: number;
  /** The schemas that the message has to fit. */
  types: readonly MessageType[];
  blocked: string | null;
}

/** A message as it is sent, and the number of keys that it is encrypted to; or the reason that it need not be sent. */
export type Shielded =
  | { payload: string; keys: number; checked: Pick<MessageType, "service" | "version">[] }
  | { nobody: string };

/**
 * Encrypts a message to every subscriber that would get it, once it fits the schemas of its type. Whatever fails,
 * nothing is sent in plain text instead.
 *
 * @throws StepError where a subscriber has no key, the message does not fit, or Zekt does not say whom it is for
 */
export async function shieldMessage(eventType: string, json: string): Promise<Shielded> {
  const called = await callZekt({ method: "POST", path: "/events/keys", body: { eventType } });
  const { keys, subscriptions, blocked, types } = jsonOf<MessageKeys>(called, "eventType");
  if (!Array.isArray(keys) || !Array.isArray(types) || (keys.length === 0 && subscriptions !== 0)) {
    throw new StepError(
      `${called.host} did not say whom the message has to be encrypted to, so nothing was sent.`,
    );
  }
  if (keys.length === 0) return { nobody: blocked ?? "no approved subscription wants it." };
  if (types.length > 0) {
    const { judge } = await import("./schema.ts");
    for (const said of judge(eventType, json, types)) warning(oneLine(said));
  }
  const { encrypt } = await import("./shield.ts");
  const checked = types.map(({ service, version }) => ({ service, version }));
  return { payload: await encrypt(json, keys), keys: keys.length, checked };
}
