import type { Resources } from "./resource.ts";

/** The alarms of which each tells that webhooks may have been refused before they reached Zekt's code. */
const REFUSALS = ["WebhooksThrottles", "WebhooksErrors", "RequestsFailed"];

/** The rule by which the schedule hears that such an alarm was raised or has ended, and reads GitHub's logs at once. */
export const alarmRuleResources = (stage: string): Resources => ({
  RefusedWebhooksRule: {
    Type: "AWS::Events::Rule",
    Properties: {
      Description: "Has the logs of webhooks read where some may have been refused",
      EventPattern: {
        source: ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        detail: {
          alarmName: REFUSALS.map((name) => `zekt-${stage}-${name}`),
          state: { value: ["ALARM", "OK"] },
        },
      },
      Targets: [{ Id: "schedule", Arn: { "Fn::GetAtt": ["ScheduleLambdaFunction", "Arn"] } }],
    },
  },
  RefusedWebhooksRulePermission: {
    Type: "AWS::Lambda::Permission",
    Properties: {
      FunctionName: { "Fn::GetAtt": ["ScheduleLambdaFunction", "Arn"] },
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      SourceArn: { "Fn::GetAtt": ["RefusedWebhooksRule", "Arn"] },
    },
  },
});
