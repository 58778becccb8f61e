import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { COUNTED, METRICS, metricsOf, NAMESPACE } from "../../app/lambda/metrics.ts";
import { LOG_EVENTS, type Log, type LogEvent } from "../../app/log/events.ts";
import { alarmsOf } from "../../deploy/alarms.ts";
import { dashboardResources } from "../../deploy/dashboard.ts";

/** A call of the log in the app's code. */
interface LogCall {
  file: string;
  level: string;
  /** Its arguments, as written. */
  written: string;
  events: string[];
}

const CLOSING: Record<string, string> = { "(": ")", "{": "}" };

/** Returns what stands between the bracket that opens at a place and the one that closes it. */
function within(code: string, opens: number): string {
  const opening = code.charAt(opens);
  let depth = 0;
  for (let at = opens; at < code.length; at += 1) {
    if (code[at] === opening) depth += 1;
    if (code[at] === CLOSING[opening]) depth -= 1;
    if (depth === 0) return code.slice(opens + 1, at);
  }
  throw new Error(`The bracket at ${opens} is never closed.`);
}

function logCallsOf(file: string): LogCall[] {
  const code = readFileSync(file, "utf8");
  return [...code.matchAll(/\blog(?:\.(\w+)|\[([^\]]+)\])\(/g)]
    .map((found) => ({
      level: found[1] ?? found[2] ?? "",
      written: within(code, found.index + found[0].length - 1),
    }))
    .filter(({ level }) => /\b(?:trace|debug|info|warn|error|fatal)\b/.test(level))
    .map(({ level, written }) => {
      const [value = ""] = /\bevent:[^,]*/.exec(written) ?? [];
      return {
        file,
        level,
        written,
        events: [...value.matchAll(/"([^"]+)"/g)].map(([, key]) => key as string),
      };
    });
}

const CALLS = globSync("app/**/*.ts", { exclude: ["app/console/**"] }).flatMap(logCallsOf);
const logged = new Set<string>(CALLS.flatMap(({ events }) => events));
// Probot writes its own lines; the app adds the key to them.
if (readFileSync("app/log/log.ts", "utf8").includes("event: REPORTED")) logged.add("probot.reported");

const ALARMS = Object.values(alarmsOf("test")).filter(({ namespace }) => namespace === NAMESPACE);

/** The names of Zekt's own metrics on the dashboard. */
function charted(): string[] {
  const { Dashboard } = dashboardResources("test") as unknown as {
    Dashboard: { Properties: { DashboardBody: { "Fn::Sub": string } } };
  };
  const { widgets } = JSON.parse(Dashboard.Properties.DashboardBody["Fn::Sub"]) as {
    widgets: { properties: { metrics: unknown[][] } }[];
  };
  return widgets
    .flatMap(({ properties }) => properties.metrics)
    .filter(([namespace]) => namespace === NAMESPACE)
    .map(([, name]) => String(name));
}

test("the log's calls are found where they are", () => {
  expect(CALLS.length).toBeGreaterThan(40);
  const found = (file: string): string[] =>
    CALLS.filter((call) => call.file.endsWith(file)).flatMap(({ events }) => events);
  expect(found("steps/delivery/deliver.ts")).toEqual([
    "dispatch.postponed",
    "delivery.dispatched",
    "delivery.updated",
  ]);
  expect(found("http/kit/log-requests.ts")).toEqual(["request.answered", "request.uncounted"]);
});

test.each(CALLS)(
  "$file logs at $level with a declared key and a sentence: $events",
  ({ events, written }) => {
    expect(events.length, written).toBeGreaterThan(0);
    for (const event of events) expect(LOG_EVENTS).toContain(event);
    const facts = within(written, written.indexOf("{"));
    const said = written.slice(written.indexOf(facts) + facts.length);
    const sentences = [...said.matchAll(/"([^"]+)"|`([^`]+)`/g)].map(([, plain, filled]) => plain ?? filled);
    expect(sentences.length, written).toBeGreaterThan(0);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*[^.]$/);
  },
);

test("each declared key is a noun and a verb, declared once, in order, and logged", () => {
  expect(LOG_EVENTS).toEqual([...new Set(LOG_EVENTS)].sort());
  for (const event of LOG_EVENTS) expect(event).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/);
  expect([...logged].sort()).toEqual([...LOG_EVENTS].sort());
});

test("each metric is counted, of keys that the app logs", () => {
  expect(Object.values(COUNTED).map(({ metric }) => metric)).toEqual([...METRICS]);
  for (const event of Object.keys(COUNTED)) expect([...logged]).toContain(event);
});

test("a metric that counts by a fact counts one that each line of its key has", () => {
  for (const [event, counted] of Object.entries(COUNTED)) {
    if (!("amount" in counted)) continue;
    const lines = CALLS.filter(({ events }) => events.includes(event));
    for (const { written } of lines) expect(written).toMatch(new RegExp(`\\b${counted.amount}\\b`));
  }
});

test.each(Object.entries(COUNTED))("a line of %s counts its metric", (event, { metric }) => {
  const counted = metricsOf({ event, lost: 3 }, "test", 1234);
  expect(counted).toEqual({
    Stage: "test",
    [metric]: metric === "WebhooksLost" ? 3 : 1,
    _aws: {
      Timestamp: 1234,
      CloudWatchMetrics: [
        { Namespace: "Zekt", Dimensions: [["Stage"]], Metrics: [{ Name: metric, Unit: "Count" }] },
      ],
    },
  });
});

test("a line of any other key counts nothing", () => {
  for (const event of LOG_EVENTS) {
    if (!Object.hasOwn(COUNTED, event)) expect(metricsOf({ event }, "test", 0)).toBeNull();
  }
  for (const facts of [{}, { event: "toString" }, "Delivery failed", null, undefined])
    expect(metricsOf(facts, "test", 0)).toBeNull();
});

test("alarms and the dashboard ask only for metrics that are counted, and each metric is on one of them", () => {
  const watched = ALARMS.map(({ metric }) => metric);
  const shown = charted();
  expect(watched.length).toBeGreaterThan(0);
  expect(shown.length).toBeGreaterThan(0);
  for (const metric of [...watched, ...shown]) expect(METRICS).toContain(metric);
  expect([...new Set([...watched, ...shown])].sort()).toEqual([...METRICS].sort());
});

test("the alarms on Zekt's own metrics are those on failures", () => {
  expect(ALARMS.map(({ metric }) => metric).sort()).toEqual([
    "DeliveriesFailed",
    "ItemsUnreadable",
    "JobsDead",
    "SchedulesSkipped",
    "WebhooksLost",
    "WebhooksNotStored",
  ]);
});

test("operations.md lists every key, with the levels that it is logged at", () => {
  const [, section = ""] =
    /^## The log\n([\s\S]*?)^## /m.exec(readFileSync("docs/operations.md", "utf8")) ?? [];
  const rows = [...section.matchAll(/^\| `([^`]+)` \| ([^|]+) \| (\S.*) \|$/gm)].filter(
    ([, event]) => event !== "event",
  );
  expect(rows.map(([, event]) => event)).toEqual([...LOG_EVENTS]);
  for (const [, event = "", levels] of rows) {
    // Probot chooses its own levels, and a request's level follows from its answer.
    if (event === "probot.reported" || event === "request.answered") continue;
    const used = CALLS.filter(({ events }) => events.includes(event)).map(({ level }) => level);
    expect([event, levels]).toEqual([event, [...new Set(used)].sort().join(", ")]);
  }
});

test("the types let no line through without a known key", () => {
  const log: Log = { debug() {}, info() {}, warn() {}, error() {} };
  const declared: LogEvent = "delivery.dispatched";
  log.info({ event: declared, deliveryId: "1" }, "Delivery dispatched");
  // @ts-expect-error The key is not declared.
  log.info({ event: "delivery.dispatchd" }, "Delivery dispatched");
  // @ts-expect-error There is no key.
  log.info({ deliveryId: "1" }, "Delivery dispatched");
  // @ts-expect-error There are no facts.
  log.info("Delivery dispatched");
  // @ts-expect-error There is no sentence.
  log.info({ event: declared });
});
