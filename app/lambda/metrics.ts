import type { AttemptAnswer } from "../domain/delivery/attempt.ts";

/** CloudWatch's name for where all of Zekt's metrics are. */
export const NAMESPACE = "Zekt";

/** Every metric, all of them counts. What dashboard and alarms may ask for. */
export const METRICS = [
  "EventsRouted",
  "EventsBlocked",
  "DeliveriesDispatched",
  "DeliveriesFailed",
  "ConnectionsPaused",
  "MessagesOrphaned",
  "WebhooksLost",
  "WebhooksNotStored",
  "SchedulesSkipped",
] as const;
export type MetricName = (typeof METRICS)[number];

type Counts = Partial<Record<MetricName, number>>;
type Fields = Record<string, unknown>;

/** What the log says of an attempt that GitHub took. */
const DISPATCHED: AttemptAnswer["outcome"] = "dispatched";

const lost = (fields: Fields): Counts => ({ WebhooksLost: Number(fields.lost) });

/** What a line of the log counts, by its message. */
const COUNTED: Record<string, (fields: Fields) => Counts> = {
  routed: () => ({ EventsRouted: 1 }),
  blocked: () => ({ EventsBlocked: 1 }),
  delivery: ({ outcome }) => (outcome === DISPATCHED ? { DeliveriesDispatched: 1 } : {}),
  // Other lines of a failed delivery come again with whatever is repeated; this one is written once.
  "delivery failed": () => ({ DeliveriesFailed: 1 }),
  "connection paused": () => ({ ConnectionsPaused: 1 }),
  "message orphaned": () => ({ MessagesOrphaned: 1 }),
  "lost webhooks asked for again": lost,
  "lost webhooks of the App asked for again": lost,
  "a webhook could not be stored": () => ({ WebhooksNotStored: 1 }),
  "the schedule before is still at work": () => ({ SchedulesSkipped: 1 }),
};

/**
 * Puts into a line of the log what it counts, in the format that CloudWatch makes metrics of: that costs
 * no call. `now` in milliseconds.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function withMetrics<A extends unknown[]>(args: A, stage: string, now: number): A {
  const [fields, message] = args;
  if (typeof fields !== "object" || fields === null || typeof message !== "string") return args;
  const counts = COUNTED[message]?.(fields as Fields) ?? {};
  const names = Object.keys(counts);
  if (names.length === 0) return args;
  const _aws = {
    Timestamp: now,
    CloudWatchMetrics: [
      {
        Namespace: NAMESPACE,
        Dimensions: [["Stage"]],
        Metrics: names.map((Name) => ({ Name, Unit: "Count" })),
      },
    ],
  };
  return [{ ...fields, Stage: stage, ...counts, _aws }, ...args.slice(1)] as A;
}
