import type { Intake } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";

/** Has the webhooks looked after soon whose events this process could not store. */
export async function lookAtTroubled(zekt: Intake): Promise<void> {
  for (const repositoryId of [...zekt.troubled]) {
    if (repositoryId === "app") await zekt.store.guards.remove("app-log", "next");
    else await zekt.store.accounts.scheduleRepository(repositoryId, iso(zekt.clock.now()));
    zekt.troubled.delete(repositoryId);
  }
}
