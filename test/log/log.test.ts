import { RequestError } from "@octokit/request-error";
import { pino } from "pino";
import { expect, test } from "vitest";
import { discreet, errorFacts, probotLog, READABLE } from "../../app/log/log.ts";

const request = {
  method: "POST" as const,
  url: "https://api.github.com/repositories/1/hooks",
  headers: {},
  body: { config: { secret: "s3cret" } },
};

test("an error of Octokit is told without its request", () => {
  const lines: string[] = [];
  const written = pino({}, { write: (line: string) => void lines.push(line) });
  const log = discreet(written);
  const error = new RequestError("Validation Failed", 422, { request });
  log.error(
    { event: "issue.failed", err: new AggregateError([new Error("outer", { cause: error })], "both") },
    "Refused",
  );
  probotLog(written).child({ name: "probot" }).error(error);
  expect(lines.join("")).toContain("Validation Failed");
  expect(lines.join("")).toContain('"status":422');
  expect(lines.join("")).not.toContain("s3cret");
});

test("what was thrown and is no error is not told", () => {
  expect(errorFacts({ payload: 1 })).toEqual({
    type: "object",
    message: "Something was thrown that is no error.",
  });
});

test("a line has its level's name and its time as people read them", () => {
  const lines: string[] = [];
  const log = discreet(pino(READABLE, { write: (line: string) => void lines.push(line) }));
  log.warn({ event: "delivery.failed", deliveryId: "1" }, "Delivery failed");
  expect(JSON.parse(lines.join(""))).toEqual({
    level: "warn",
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    event: "delivery.failed",
    deliveryId: "1",
    msg: "Delivery failed",
  });
});

test("Probot's lines carry one key, and no webhook with its payload", () => {
  const lines: string[] = [];
  const written = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  const log = probotLog(written);
  log.debug({ event: { id: "1", name: "push", payload: { needle: true } } }, "Webhook received");
  log.info("Here I am");
  log.child({ name: "event", id: "1" }).error(new Error("broken"));
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(Array(3).fill("probot.reported"));
  for (const line of lines) expect(line.match(/"event":/g)).toHaveLength(1);
  expect(lines.join("")).not.toContain("needle");
});
