import type { WorkerDeps } from "../../deps.ts";
import { HOUR, wasAhead } from "../../domain/clock.ts";
import { NEXT_APP_LOG } from "../../store/fact-kinds.ts";
import { setBackCatchUp } from "../hooks/downtime.ts";

/** The log of the App's webhook is read within this, by a clock that is right. */
const LONGEST = 1 * HOUR;

/**
 * Sets back whatever waits for a moment that a clock which was ahead has seen. Once the clock is right again, all of
 * it goes on within minutes. Reads all that is due later, page by page. So it runs only where the clock was set back,
 * and at a start, which may follow that.
 */
export async function setBackWaits(deps: WorkerDeps): Promise<void> {
  const { deliveries, runs, connections, accounts, jobs, facts } = deps.store;
  const counts = await Promise.all([
    deliveries.setBack(),
    runs.setBack(),
    connections.setBack(),
    accounts.setBack(),
    jobs.setBack(),
  ]);
  const next = await facts.get(NEXT_APP_LOG.of());
  if (next && wasAhead(Date.parse(next.at), deps.clock.now() + LONGEST))
    await facts.remove(NEXT_APP_LOG.of());
  await setBackCatchUp(deps);
  const items = counts.reduce((sum, count) => sum + count, 0);
  if (items === 0) return;
  deps.log.warn(
    { event: "clock.set-back", items },
    "Clock was ahead and has been set back; what waited for later moments goes on",
  );
}
