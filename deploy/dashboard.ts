import { type MetricName, NAMESPACE } from "../app/lambda/metrics.ts";
import { QUEUES } from "./names.ts";
import type { Resources } from "./resource.ts";

const FUNCTIONS = ["webhooks", "api", "worker", "schedule"];

/** The dashboard: what travels, what fails, what waits, and what each function takes. */
export function dashboardResources(stage: string): Resources {
  const fn = (name: string): string => `zekt-${stage}-${name}`;
  const own = (...names: MetricName[]): unknown[] => names.map((name) => [NAMESPACE, name, "Stage", stage]);
  const eachFunction = (metric: string, stat = "Sum"): unknown[] =>
    FUNCTIONS.map((name) => ["AWS/Lambda", metric, "FunctionName", fn(name), { stat }]);
  const eachQueue = (metric: string, suffix = ""): unknown[] =>
    QUEUES.map((name) => [
      "AWS/SQS",
      metric,
      "QueueName",
      `zekt-${stage}-${name}${suffix}`,
      { stat: "Maximum" },
    ]);
  const charts: [title: string, metrics: unknown[]][] = [
    ["Events and deliveries", own("EventsRouted", "EventsBlocked", "DeliveriesDispatched")],
    [
      "What failed",
      own("DeliveriesFailed", "ConnectionsPaused", "MessagesOrphaned", "JobsDead", "ItemsUnreadable"),
    ],
    ["Webhooks that did not arrive", own("WebhooksLost", "WebhooksNotStored", "WebhooksRefused")],
    ["Dead letters", eachQueue("ApproximateNumberOfMessagesVisible", "-dead-letters")],
    ["Age of the oldest message, in seconds", eachQueue("ApproximateAgeOfOldestMessage")],
    ["Messages waiting", eachQueue("ApproximateNumberOfMessagesVisible")],
    ["Calls of functions", eachFunction("Invocations")],
    ["Errors and throttles", [...eachFunction("Errors"), ...eachFunction("Throttles")]],
    ["How long 95 of 100 calls take at most, in ms", eachFunction("Duration", "p95")],
  ];
  const widgets = charts.map(([title, metrics], index) => ({
    type: "metric",
    x: (index % 3) * 8,
    y: Math.floor(index / 3) * 6,
    width: 8,
    height: 6,
    properties: { title, metrics, region: "REGION", stat: "Sum", period: 300, view: "timeSeries" },
  }));
  // The region is not known before it is deployed.
  const body = JSON.stringify({ widgets }).replaceAll('"REGION"', `"\${AWS::Region}"`);
  return {
    Dashboard: {
      Type: "AWS::CloudWatch::Dashboard",
      Properties: { DashboardName: `zekt-${stage}`, DashboardBody: { "Fn::Sub": body } },
    },
  };
}
