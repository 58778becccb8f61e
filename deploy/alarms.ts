import { type MetricName, NAMESPACE } from "../app/lambda/metrics.ts";
import { deadLettersId, QUEUES, queueId, ref } from "./names.ts";
import type { Resources } from "./resource.ts";

const FUNCTIONS = ["webhooks", "api", "worker", "schedule"];

interface Watched {
  namespace: string;
  metric: string;
  dimensions: Record<string, unknown>;
  statistic: "Sum" | "Maximum";
  /** Alarms above it, or below it where `below` says so. */
  threshold: number;
  /** True to alarm below the threshold, where no figure at all counts as none. */
  below?: true;
  /** In seconds. */
  period: number;
  /** The number of periods in a row. */
  periods: number;
  says: string;
}

/** Everything that is watched, by CloudFormation's name of its alarm. `docs/operations.md` says what each means. */
export function alarmsOf(stage: string): Record<string, Watched> {
  const own = (metric: MetricName, threshold: number, says: string): Watched => ({
    namespace: NAMESPACE,
    metric,
    dimensions: { Stage: stage },
    statistic: "Sum",
    threshold,
    period: 300,
    periods: 1,
    says,
  });
  const alarms: Record<string, Watched> = {
    DeliveriesFailedAlarm: own(
      "DeliveriesFailed",
      10,
      "More than 10 deliveries failed for good in 5 minutes.",
    ),
    ItemsUnreadableAlarm: own(
      "ItemsUnreadable",
      0,
      "Stored items cannot be read: they are damaged, or a later version wrote them.",
    ),
    JobsDeadAlarm: own("JobsDead", 0, "Stored work failed each time it was tried and was given up."),
    WebhooksLostAlarm: own(
      "WebhooksLost",
      0,
      "GitHub had webhooks that never arrived; they were asked for again.",
    ),
    WebhooksNotStoredAlarm: own("WebhooksNotStored", 0, "Webhooks came that could not be stored."),
    SchedulesSkippedAlarm: own(
      "SchedulesSkipped",
      4,
      "The schedule took longer than its minute, 5 times in a row.",
    ),
    RequestsFailedAlarm: {
      namespace: "AWS/ApiGateway",
      metric: "5xx",
      dimensions: { ApiId: ref("HttpApi") },
      statistic: "Sum",
      threshold: 5,
      period: 300,
      periods: 1,
      says: "More than 5 requests in 5 minutes were answered 5xx.",
    },
    WorkerLoopsStoppedAlarm: {
      namespace: "AWS/Lambda",
      metric: "RecursiveInvocationsDropped",
      dimensions: { FunctionName: `zekt-${stage}-worker` },
      statistic: "Sum",
      threshold: 0,
      period: 300,
      periods: 1,
      says: "AWS took a long job for a loop and stopped it.",
    },
    ScheduleMissingAlarm: {
      namespace: "AWS/Lambda",
      metric: "Invocations",
      dimensions: { FunctionName: `zekt-${stage}-schedule` },
      statistic: "Sum",
      threshold: 1,
      below: true,
      period: 300,
      periods: 2,
      says: "The schedule did not run for 10 minutes.",
    },
  };
  for (const queue of QUEUES) {
    alarms[`${deadLettersId(queue)}Alarm`] = {
      namespace: "AWS/SQS",
      metric: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: { "Fn::GetAtt": [deadLettersId(queue), "QueueName"] } },
      statistic: "Maximum",
      threshold: 0,
      period: 60,
      periods: 1,
      says: `Messages of queue ${queue} could not be worked and were set aside.`,
    };
    alarms[`${queueId(queue)}AgeAlarm`] = {
      namespace: "AWS/SQS",
      metric: "ApproximateAgeOfOldestMessage",
      dimensions: { QueueName: { "Fn::GetAtt": [queueId(queue), "QueueName"] } },
      statistic: "Maximum",
      threshold: 900,
      period: 60,
      periods: 5,
      says: `The oldest message of queue ${queue} has waited more than 15 minutes.`,
    };
  }
  for (const name of FUNCTIONS) {
    const of = (metric: string, threshold: number, says: string): Watched => ({
      namespace: "AWS/Lambda",
      metric,
      dimensions: { FunctionName: `zekt-${stage}-${name}` },
      statistic: "Sum",
      threshold,
      period: 300,
      periods: 1,
      says,
    });
    const id = name.charAt(0).toUpperCase() + name.slice(1);
    alarms[`${id}ErrorsAlarm`] = of("Errors", 2, `Function ${name} ended more than twice in an error.`);
    alarms[`${id}ThrottlesAlarm`] = of(
      "Throttles",
      0,
      `AWS did not let function ${name} run as often as it had to.`,
    );
  }
  return alarms;
}

/** The alarms, and the topic that tells of them; `docs/operations.md` says how to subscribe to it. */
export const alarmResources = (stage: string): Resources => ({
  AlarmTopic: {
    Type: "AWS::SNS::Topic",
    // Not under the key of AWS for SNS: alarms may not use it, and would tell nobody.
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html
    Properties: { TopicName: `zekt-${stage}-alarms` },
  },
  ...Object.fromEntries(
    Object.entries(alarmsOf(stage)).map(([id, watched]) => [
      id,
      {
        Type: "AWS::CloudWatch::Alarm",
        Properties: {
          AlarmName: `zekt-${stage}-${id.replace(/Alarm$/, "")}`,
          AlarmDescription: watched.says,
          Namespace: watched.namespace,
          MetricName: watched.metric,
          Dimensions: Object.entries(watched.dimensions).map(([Name, Value]) => ({ Name, Value })),
          Statistic: watched.statistic,
          ComparisonOperator: watched.below ? "LessThanThreshold" : "GreaterThanThreshold",
          Threshold: watched.threshold,
          Period: watched.period,
          EvaluationPeriods: watched.periods,
          TreatMissingData: watched.below ? "breaching" : "notBreaching",
          AlarmActions: [ref("AlarmTopic")],
          OKActions: [ref("AlarmTopic")],
        },
      },
    ]),
  ),
});
