import type { LogEvent } from "../log/events.ts";

/** CloudWatch's name for where all of Zekt's metrics are. */
export const NAMESPACE = "Zekt";

/** Every metric, all of them counts. What dashboard and alarms may ask for. */
export const METRICS = [
  "EventsRouted",
  "EventsBlocked",
  "DeliveriesDispatched",
  "DeliveriesFailed",
  "ConnectionsPaused",
  "ItemsUnreadable",
  "JobsDead",
  "MessagesOrphaned",
  "WebhooksLost",
  "WebhooksNotStored",
  "WebhooksRefused",
  "SchedulesSkipped",
] as const;
export type MetricName = (typeof METRICS)[number];

interface Counted {
  metric: MetricName;
  /** The fact of the line that says how many; one where there is none. */
  amount?: string;
}

/** The metric that a line of the log counts, by its key. */
export const COUNTED = {
  "event.routed": { metric: "EventsRouted" },
  "event.blocked": { metric: "EventsBlocked" },
  "delivery.dispatched": { metric: "DeliveriesDispatched" },
  // Other lines of a failed delivery come again with whatever is repeated; this one is written once.
  "delivery.failed": { metric: "DeliveriesFailed" },
  "connection.paused": { metric: "ConnectionsPaused" },
  "item.unreadable": { metric: "ItemsUnreadable" },
  "job.dead": { metric: "JobsDead" },
  "message.orphaned": { metric: "MessagesOrphaned" },
  "lost-webhooks.requested": { metric: "WebhooksLost", amount: "lost" },
  "webhook.unstored": { metric: "WebhooksNotStored" },
  "webhook.refused": { metric: "WebhooksRefused" },
  "schedule.skipped": { metric: "SchedulesSkipped" },
} as const satisfies Partial<Record<LogEvent, Counted>>;

/** The fields by which CloudWatch takes a metric from a line of the log. */
export type Metrics = { Stage: string; _aws: object } & Partial<Record<MetricName, number>>;

/**
 * Returns what a log line counts, from its facts, in the format that CloudWatch makes metrics of; null where
 * it counts nothing. That costs no call. `now` in milliseconds.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricsOf(facts: unknown, stage: string, now: number): Metrics | null {
  if (typeof facts !== "object" || facts === null) return null;
  const { event, ...rest } = facts as { event?: unknown } & Record<string, unknown>;
  if (typeof event !== "string" || !Object.hasOwn(COUNTED, event)) return null;
  const { metric, amount }: Counted = COUNTED[event as keyof typeof COUNTED];
  return {
    Stage: stage,
    [metric]: amount === undefined ? 1 : Number(rest[amount]),
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: NAMESPACE,
          Dimensions: [["Stage"]],
          Metrics: [{ Name: metric, Unit: "Count" }],
        },
      ],
    },
  };
}
