import type { IntakeDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import { NEXT_APP_LOG } from "../../store/fact-kinds.ts";

/**
 * Schedules an early look at the logs of webhooks whose events this process failed to store. One that
 * cannot be scheduled now is left for the next time and holds up no other.
 *
 * @param isTimeLeft - asked before each; what is left then is for the next time
 */
export async function recheckFailedWebhooks(
  deps: IntakeDeps,
  isTimeLeft: () => boolean = () => true,
): Promise<void> {
  for (const repositoryId of [...deps.failedWebhooks]) {
    if (!isTimeLeft()) return;
    try {
      if (repositoryId === "app") await deps.store.facts.remove(NEXT_APP_LOG.of());
      else await deps.store.accounts.scheduleRepository(repositoryId, iso(deps.clock.now()));
      deps.failedWebhooks.delete(repositoryId);
    } catch (error) {
      deps.log.warn(
        { event: "recheck.failed", err: error, repositoryId },
        "Failed webhook could not be scheduled for a recheck",
      );
    }
  }
}
