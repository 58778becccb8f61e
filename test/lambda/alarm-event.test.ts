import { expect, test } from "vitest";
import { refusedSince } from "../../app/lambda/alarm-event.ts";
import { resourcesOf } from "../../deploy/resources.ts";

const changed = (value: string, previous: string) => ({
  source: "aws.cloudwatch",
  "detail-type": "CloudWatch Alarm State Change",
  time: "2026-01-01T12:00:00Z",
  detail: {
    alarmName: "zekt-test-WebhooksThrottles",
    state: { value, timestamp: "2026-01-01T12:00:00.000+0000" },
    previousState: { value: previous, timestamp: "2026-01-01T09:00:00.000+0000" },
  },
});

test("an alarm that is raised tells of the quarter of an hour before, one that ends of all its time", () => {
  expect(refusedSince(changed("ALARM", "OK"))).toBe("2026-01-01T11:45:00.000Z");
  expect(refusedSince(changed("OK", "ALARM"))).toBe("2026-01-01T08:45:00.000Z");
});

test("the schedule's own event, and what cannot be read, tell of nothing", () => {
  expect(refusedSince({ source: "aws.events", time: "2026-01-01T12:00:00Z" })).toBeNull();
  expect(refusedSince({ source: "aws.cloudwatch", time: "soon" })).toBeNull();
});

test("the schedule hears of alarms that there are", () => {
  const resources = resourcesOf("test");
  const alarms = Object.values(resources)
    .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
    .map(({ Properties }) => Properties.AlarmName);
  const rule = resources.RefusedWebhooksRule?.Properties.EventPattern as { detail: { alarmName: string[] } };
  expect(rule.detail.alarmName).toHaveLength(3);
  for (const name of rule.detail.alarmName) expect(alarms).toContain(name);
});
