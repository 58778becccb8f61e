import type { Context, ScheduledEvent } from "aws-lambda";
import { MINUTE } from "../domain/clock.ts";
import { runEveryMinute } from "../steps/jobs/run-every-minute.ts";
import { startBackground } from "./background.ts";
import { once } from "./once.ts";

/** Longer than the function may run: who died holds the next ones up no longer. */
const LOCK_TTL = 6 * MINUTE;

const background = once(startBackground);

/** Does what comes round every minute, unless the minute before still does. */
export async function handler(_event: ScheduledEvent, { awsRequestId }: Context): Promise<void> {
  const { deps, unawaited } = await background();
  const { facts } = deps.store;
  const { won } = await facts.claim("lock", "schedule", { holder: awsRequestId }, LOCK_TTL);
  if (!won) {
    deps.log.warn({ awsRequestId }, "the schedule before is still at work");
    return;
  }
  try {
    await runEveryMinute(deps);
  } finally {
    await unawaited.settled();
    await facts.remove("lock", "schedule");
  }
}
