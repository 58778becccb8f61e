import { queues } from "../app/store/queues.ts";
import { arn, deadLettersId, QUEUES, queueId, ref } from "./names.ts";
import type { Resources } from "./resource.ts";

/** The queues of `app/store/queues.json`, each with one for what could not be worked. */
export const queueResources = (stage: string): Resources =>
  Object.fromEntries(
    QUEUES.flatMap((name) => {
      const { maxReceiveCount, ...properties } = queues[name];
      const { MessageRetentionPeriod } = properties;
      return [
        [
          deadLettersId(name),
          {
            Type: "AWS::SQS::Queue",
            Properties: {
              QueueName: `zekt-${stage}-${name}-dead-letters`,
              MessageRetentionPeriod,
              SqsManagedSseEnabled: true,
            },
          },
        ],
        [
          queueId(name),
          {
            Type: "AWS::SQS::Queue",
            Properties: {
              QueueName: `zekt-${stage}-${name}`,
              ...properties,
              SqsManagedSseEnabled: true,
              RedrivePolicy: { deadLetterTargetArn: arn(deadLettersId(name)), maxReceiveCount },
            },
          },
        ],
        [`${queueId(name)}Policy`, tlsOnly([queueId(name), deadLettersId(name)])],
      ];
    }),
  );

const tlsOnly = (ids: readonly string[]) => ({
  Type: "AWS::SQS::QueuePolicy",
  Properties: {
    Queues: ids.map(ref),
    PolicyDocument: {
      Version: "2012-10-17",
      Statement: ids.map((id) => ({
        Effect: "Deny",
        Principal: "*",
        Action: "sqs:*",
        Resource: arn(id),
        Condition: { Bool: { "aws:SecureTransport": "false" } },
      })),
    },
  },
});
