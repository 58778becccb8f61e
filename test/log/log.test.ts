import { RequestError } from "@octokit/request-error";
import { pino } from "pino";
import { expect, test } from "vitest";
import { discreet, errorFacts } from "../../app/log/log.ts";

const request = {
  method: "POST" as const,
  url: "https://api.github.com/repositories/1/hooks",
  headers: {},
  body: { config: { secret: "s3cret" } },
};

test("an error of Octokit is told without its request", () => {
  const lines: string[] = [];
  const log = discreet(pino({}, { write: (line: string) => void lines.push(line) }));
  const error = new RequestError("Validation Failed", 422, { request });
  log.error({ err: new AggregateError([new Error("outer", { cause: error })], "both") }, "refused");
  log.child({ name: "probot" }).error(error);
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
