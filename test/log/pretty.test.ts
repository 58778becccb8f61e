import { pino } from "pino";
import { expect, test } from "vitest";
import { discreet, READABLE } from "../../app/log/log.ts";
import { prettyDestination, prettyLine } from "../../app/log/pretty.ts";

/** Opens a log for people, with what it has written since it was last asked. */
function openLog() {
  let text = "";
  const destination = prettyDestination((line) => {
    text += line;
  }, false);
  const written = (): string => {
    const seen = text;
    text = "";
    return seen;
  };
  return { log: discreet(pino(READABLE, destination)), written };
}

test("a line has the time, the level by its name, the key, the sentence and the facts", () => {
  const { log, written } = openLog();
  log.warn(
    { event: "delivery.failed", deliveryId: "delivery-1", attempt: 2, reason: null },
    "Delivery failed",
  );
  expect(written()).toMatch(
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARN {2}delivery\.failed {10}Delivery failed {2}deliveryId=delivery-1 {2}attempt=2\n$/,
  );
  log.error({ event: "job.failed", err: new Error("It broke") }, "Job failed");
  expect(written()).toMatch(/Job failed\n {4}Error: It broke\n {4} {4}at /);
});

test("levels have colours in a terminal alone, and no fact steers it", () => {
  const line = JSON.stringify({ level: "error", time: "t", event: "e", msg: "m", name: "a\u001b[2Jb" });
  expect(prettyLine(line, true)).toContain("\u001b[31mERROR\u001b[39m");
  expect(prettyLine(line, false)).not.toContain("\u001b");
});

test("what caused an error is told with it, and its status and code", () => {
  const { log, written } = openLog();
  const refused = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED" });
  const both = new AggregateError([refused, new Error("no \u001b[2J route")], "all failed");
  const err = Object.assign(new Error("fetch failed", { cause: both }), { status: 503 });
  log.error({ event: "job.failed", err }, "Job failed");
  const text = written();
  expect(text).toMatch(/^ {4}Error: fetch failed$[\s\S]*^ {4}status=503$/m);
  expect(text).toMatch(/^ {4}Caused by: AggregateError: all failed$/m);
  expect(text).toMatch(/^ {4}One of them: Error: connect ECONNREFUSED 127\.0\.0\.1:1$/m);
  expect(text).toMatch(/^ {4}code=ECONNREFUSED$/m);
  expect(text).toContain("One of them: Error: no \\u{1b}[2J route");
});
