import type { IntakeDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { NEXT_APP_LOG } from "../../store/fact-kinds.ts";

/** Has the webhooks looked after soon whose events this process could not store. */
export async function recheckFailedWebhooks(deps: IntakeDeps): Promise<void> {
  for (const repositoryId of [...deps.failedWebhooks]) {
    if (repositoryId === "app") await deps.store.facts.remove(NEXT_APP_LOG.of());
    else await deps.store.accounts.scheduleRepository(repositoryId, iso(deps.clock.now()));
    deps.failedWebhooks.delete(repositoryId);
  }
}
