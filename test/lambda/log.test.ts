import { afterEach, expect, test, vi } from "vitest";
import { lambdaLog } from "../../app/lambda/log.ts";
import { COUNTED } from "../../app/lambda/metrics.ts";
import { reportUnreadable } from "../../app/lambda/report-unreadable.ts";
import type { LogEvent } from "../../app/log/events.ts";
import { discreet, probotLog } from "../../app/log/log.ts";
import { UnreadableItem } from "../../app/store/ports.ts";

afterEach(() => vi.unstubAllEnvs());

/** A function's log at a level, with the lines that it printed. */
function logAt(level: string) {
  vi.stubEnv("LOG_LEVEL", level);
  vi.stubEnv("ZEKT_STAGE", "test");
  const lines: Record<string, unknown>[] = [];
  const written = lambdaLog({ write: (line: string) => void lines.push(JSON.parse(line)) });
  return { written, log: discreet(written), lines };
}

const ROUTED = { event: "event.routed", correlationId: "4711" } as const;

test.each(["debug", "info", "warn", "error", "fatal", "silent"])(
  "every metric is counted once a line, whatever is printed: LOG_LEVEL=%s",
  (level) => {
    const { log, lines } = logAt(level);
    for (const event of Object.keys(COUNTED) as LogEvent[])
      for (const say of [log.debug, log.info, log.warn, log.error])
        say.call(log, { event, lost: 1 }, "It happened");
    for (const { metric } of Object.values(COUNTED)) {
      const counting = lines.filter((line) => metric in line);
      expect(counting.map((line) => line[metric])).toEqual([1, 1, 1, 1]);
      expect(counting[0]).toMatchObject({
        Stage: "test",
        _aws: { CloudWatchMetrics: [{ Namespace: "Zekt" }] },
      });
    }
  },
);

test("a webhook that is not as GitHub documents it is counted", () => {
  const { log, lines } = logAt("warn");
  log.warn({ event: "webhook.refused", place: "workflow_run" }, "Webhook is not as GitHub documents it");
  expect(lines).toMatchObject([{ place: "workflow_run", WebhooksRefused: 1 }]);
});

test("a stored item that cannot be read is counted, and named by its table and key", () => {
  const { written, lines } = logAt("warn");
  const key = { pk: "run#1#2", sk: "event#00001", body: "not to be logged" };
  reportUnreadable(written)(new UnreadableItem("zekt-prod-runs", key, new Error("It is damaged.")));
  expect(lines).toMatchObject([
    { level: "error", event: "item.unreadable", table: "zekt-prod-runs", ItemsUnreadable: 1 },
  ]);
  expect(lines).toMatchObject([{ pk: "run#1#2", sk: "event#00001" }]);
  expect(JSON.stringify(lines)).not.toContain("not to be logged");
});

test("a line that is printed has its metrics beside its facts", () => {
  const { log, lines } = logAt("info");
  log.info(ROUTED, "Event routed");
  expect(lines).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      ...ROUTED,
      Stage: "test",
      EventsRouted: 1,
      _aws: expect.any(Object),
      msg: "Event routed",
    },
  ]);
});

test("of a line below the level nothing but its key and its metrics is printed", () => {
  const { log, lines } = logAt("warn");
  log.info(ROUTED, "Event routed");
  log.info({ event: "delivery.tracked", deliveryId: "1" }, "Delivery tracked");
  log.warn({ event: "message.orphaned", correlationId: "4711" }, "Message orphaned");
  expect(lines).toEqual([
    {
      level: "info",
      time: expect.any(String),
      event: "event.routed",
      Stage: "test",
      EventsRouted: 1,
      _aws: expect.any(Object),
    },
    expect.objectContaining({ level: "warn", correlationId: "4711", msg: "Message orphaned" }),
  ]);
});

test("a level holds for what Probot says as well", () => {
  const { written, lines } = logAt("warn");
  const log = probotLog(written).child({ name: "probot" });
  log.debug({ event: { payload: 1 } }, "Webhook received");
  log.info("Here I am");
  expect(lines).toEqual([]);
  log.error(new Error("broken"));
  expect(lines).toMatchObject([
    { level: "error", event: "probot.reported", name: "probot", err: { message: "broken" } },
  ]);
});
