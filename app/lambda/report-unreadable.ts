import type { Logger } from "pino";
import { discreet } from "../log/log.ts";
import type { UnreadableItem } from "../store/ports.ts";

/** Returns what logs an item that cannot be read, by its table and key: nothing of what it holds. */
export function reportUnreadable(logger: Logger): (error: UnreadableItem) => void {
  const log = discreet(logger);
  return (error) =>
    log.error(
      { event: "item.unreadable", table: error.table, pk: error.key.pk, sk: error.key.sk, err: error },
      "Stored item cannot be read; lists leave it out",
    );
}
