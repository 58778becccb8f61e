import { iso, MINUTE } from "../domain/clock.ts";

/** An alarm is raised so long after the trouble began, at most: its period, and what CloudWatch takes. */
const BEFORE = 15 * MINUTE;

interface AlarmState {
  value?: string;
  timestamp?: string;
}

/**
 * Returns the moment (ISO 8601) since when webhooks may have been refused before they reached Zekt. The change of
 * an alarm's state says it; any other event gives null. An alarm that ends tells of all its time.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export function refusedSince(event: { source?: string; time?: string; detail?: unknown }): string | null {
  if (event.source !== "aws.cloudwatch") return null;
  const { previousState } = (event.detail ?? {}) as { previousState?: AlarmState };
  const began = previousState?.value === "ALARM" ? previousState.timestamp : event.time;
  // CloudWatch writes a zone without a colon.
  const at = Date.parse((began ?? "").replace(/([+-]\d\d)(\d\d)$/, "$1:$2"));
  return Number.isNaN(at) ? null : iso(at - BEFORE);
}
