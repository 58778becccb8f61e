import type { Context, ScheduledEvent } from "aws-lambda";
import { MINUTE } from "../domain/clock.ts";
import { keepWatch } from "../steps/jobs/keep-watch.ts";
import { startBackground } from "./background.ts";
import { once } from "./once.ts";

/** Longer than the function may run: who died holds the next ones up no longer. */
const LOCK_TTL = 6 * MINUTE;

const background = once(startBackground);

/** Does what comes round every minute, unless the minute before still does. */
export async function handler(_event: ScheduledEvent, { awsRequestId }: Context): Promise<void> {
  const { zekt, unawaited } = await background();
  const { guards } = zekt.store;
  const { won } = await guards.claim("lock", "schedule", { holder: awsRequestId }, LOCK_TTL);
  if (!won) {
    zekt.log.warn({ awsRequestId }, "the schedule before is still at work");
    return;
  }
  try {
    await keepWatch(zekt);
  } finally {
    await unawaited.settled();
    await guards.remove("lock", "schedule");
  }
}
