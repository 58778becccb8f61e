import type { Context, ScheduledEvent } from "aws-lambda";
import { SECOND } from "../domain/clock.ts";
import { withinTime } from "../github/requests.ts";
import { recordRefusals } from "../steps/hooks/downtime.ts";
import { reportMinute, runEveryMinute } from "../steps/jobs/run-every-minute.ts";
import { SCHEDULE_LOCK } from "../store/fact-kinds.ts";
import { refusedSince } from "./alarm-event.ts";
import { backgroundOfCalls } from "./background.ts";

const background = backgroundOfCalls();

/** The time that is left for what asks GitHub for nothing: later parts, and storing how far a look has come. */
const FOR_STORING = 30 * SECOND;

/**
 * Does what comes round every minute, unless the minute before still does. The parts' shares of the time may overrun
 * while GitHub is slow: then the next minute asks it for the rest. Where an alarm says that webhooks
 * may have been refused, only records that: the next minute reads GitHub's logs.
 */
export async function handler(event: ScheduledEvent, context: Context): Promise<void> {
  const { awsRequestId } = context;
  const { deps, unawaited } = await background();
  const since = refusedSince(event);
  if (since !== null) return await recordRefusals(deps, since);
  const { facts } = deps.store;
  const { won } = await facts.claim(SCHEDULE_LOCK.of(), { holder: awsRequestId });
  if (!won) {
    deps.log.warn({ event: "schedule.skipped", awsRequestId }, "Schedule skipped: the one before still runs");
    return;
  }
  try {
    await withinTime(context.getRemainingTimeInMillis() - FOR_STORING, () => runEveryMinute(deps));
  } catch (error) {
    // Lambda prints an error without those that it is made of.
    reportMinute(deps, error);
    throw error;
  } finally {
    await unawaited.ended();
    await facts.remove(SCHEDULE_LOCK.of());
  }
}
