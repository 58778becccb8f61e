import { readFileSync } from "node:fs";
import { Writable } from "node:stream";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hostAndPort } from "../../app/main/host-and-port.ts";
import { type Family, prometheusText } from "../../app/main/prometheus-text.ts";
import { serveMetrics } from "../../app/main/serve-metrics.ts";
import { type Stage, setStage, until } from "../../harness/stage.ts";
import { bringOn, silent } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await setStage({ log: silent, settings: { ZEKT_METRICS: "127.0.0.1:0" } });
});
afterEach(async () => await stage.close());

/**
 * Reads Prometheus' text strictly: a sample's metric has its help and type before it, and what
 * `promtool check metrics` says of names and labels holds.
 */
function read(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const typed = new Set<string>();
  const types = new Map(
    [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = "", type]) => [name, type]),
  );
  for (const [name, type] of types) {
    expect(text).toMatch(new RegExp(`^# HELP ${name} .`, "m"));
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    expect(name).not.toMatch(/_(?:bucket|count|sum)$|_(?:counter|gauge|summary|histogram)\b/);
    expect(text.includes(`\n${name}{quantile="`), name).toBe(type === "summary");
  }
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.trimEnd().split("\n")) {
    const [, type] = /^# TYPE ([a-z_]+) (?:counter|gauge|summary)$/.exec(line) ?? [];
    if (type) typed.add(type);
    if (line.startsWith("#")) continue;
    const [, name = "", labels = "", value] =
      /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})? (\S+)$/.exec(line) ?? [];
    expect(typed, line).toContain(name);
    expect(Number(value), line).not.toBeNaN();
    expect(samples.has(name + labels), line).toBe(false);
    samples.set(name + labels, Number(value));
  }
  return samples;
}

const scrape = async () => read(await (await fetch(stage.server.metricsUrl ?? "")).text());

test("the queues, the work that is due, requests to GitHub, lines and the process are measured", async () => {
  await bringOn(stage, "acme/provider");
  const found = await scrape();
  for (const state of ["ready", "delayed", "working", "dead"])
    expect(found.get(`zekt_queue_messages{queue="routing",state="${state}"}`)).toBeGreaterThanOrEqual(0);
  expect(found.get('zekt_queue_oldest_message_age_seconds{queue="delivery"}')).toBe(0);
  expect(found.get('zekt_due_items{table="jobs",state="past-due"}')).toBe(0);
  expect(found.get('zekt_github_requests_total{outcome="2xx"}')).toBeGreaterThan(0);
  expect(found.get("zekt_github_request_seconds_total")).toBeGreaterThan(0);
  // What has not happened yet is 0, so that its first time is an increase.
  expect(found.get('zekt_log_lines_total{event="queue-message.dead"}')).toBe(0);
  expect(found.get('zekt_deliveries_total{change="failed"}')).toBe(0);
  for (const outcome of ["5xx", "limited", "timeout", "unreachable", "held-back"])
    expect(found.get(`zekt_github_requests_total{outcome="${outcome}"}`), outcome).toBe(0);
  expect(found.get('nodejs_eventloop_lag_seconds{quantile="0.5"}')).toBeGreaterThanOrEqual(0);
  expect(found.get("process_resident_memory_bytes")).toBeGreaterThan(1e7);
  await until(async () => (await scrape()).has("zekt_last_sweep_timestamp_seconds"));
});

test("the event loop's lag is the time that it was held up, and next to nothing where nothing did", async () => {
  const lag = async (quantile: string): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    return (await scrape()).get(`nodejs_eventloop_lag_seconds{quantile="${quantile}"}`) ?? Number.NaN;
  };
  // Node measures every 20 ms, and counts these as well.
  await until(async () => (await lag("0.5")) < 0.015);
  // The first measurement after a reading begins anew, and counts as none.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const held = performance.now() + 300;
  while (performance.now() < held);
  expect(await lag("1")).toBeGreaterThan(0.25);
});

test("lines are counted by their key though the log's level is higher", async () => {
  await fetch(`${stage.server.url}/api/user`);
  expect((await scrape()).get('zekt_log_lines_total{event="request.answered"}')).toBe(1);
});

test("requests to GitHub that fail are counted by how", async () => {
  const { requests } = stage.server.deps.github;
  await requests.send(`${stage.github.url}/nowhere`, {}, { repeats: "never" });
  await requests.send("http://127.0.0.1:1/", {}, { repeats: "never" }).catch(() => {});
  const found = await scrape();
  expect(found.get('zekt_github_requests_total{outcome="4xx"}')).toBeGreaterThan(0);
  expect(found.get('zekt_github_requests_total{outcome="unreachable"}')).toBe(1);
});

test("only /metrics is served there, and nothing of it at the public address", async () => {
  const { metricsUrl = "", url } = stage.server;
  const response = await fetch(metricsUrl);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect((await fetch(new URL("/", metricsUrl))).status).toBe(404);
  expect((await fetch(metricsUrl, { method: "POST" })).status).toBe(404);
  expect((await fetch(`${url}/metrics`)).status).toBe(404);
});

test("without the setting nothing is measured or served", async () => {
  const plain = await setStage({ log: silent });
  expect(plain.server.metricsUrl).toBeUndefined();
  await plain.close();
});

test("label values and help are escaped", () => {
  const family: Family = {
    name: "a",
    help: "b\\\nc",
    type: "gauge",
    samples: [{ labels: { l: 'x"\\\n' }, value: 1 }],
  };
  expect(prometheusText([family])).toBe('# HELP a b\\\\\\nc\n# TYPE a gauge\na{l="x\\"\\\\\\n"} 1\n');
});

test.each([
  ["127.0.0.1:9464", { host: "127.0.0.1", port: 9464 }],
  ["[::1]:1", { host: "::1", port: 1 }],
  ["localhost:0", { host: "localhost", port: 0 }],
  ["9464", null],
  [":9464", null],
  ["a:70000", null],
  ["http://a:1", null],
])("the address %s is read", (address, expected) => {
  expect(hostAndPort(address)).toEqual(expected);
});

test("docs/operations.md names every metric", async () => {
  await bringOn(stage, "acme/provider");
  const text = readFileSync("docs/operations.md", "utf8");
  for (const key of (await scrape()).keys()) expect(text).toContain(`\`${key.split("{")[0]}\``);
});

test("a poll is logged at debug, whatever it finds; what is asked for once is logged at info", async () => {
  const lines: { level: string; event: string }[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _, done) {
      for (const line of chunk.toString().split("\n").filter(Boolean)) lines.push(JSON.parse(line));
      done();
    },
  });
  const logged = await setStage({
    log: pino({ level: "debug", formatters: { level: (level) => ({ level }) } }, sink),
  });
  logged.github.control.createAccount({ login: "mona" });
  const authorization = `Bearer ${userToken(logged, "mona")}`;
  const ask = async (headers: Record<string, string>) => {
    lines.length = 0;
    const { headers: answered } = await fetch(`${logged.server.url}/api/user`, {
      headers: { authorization, ...headers },
    });
    const level = lines.find(({ event }) => event === "request.answered")?.level;
    return { level, etag: answered.get("etag") ?? "" };
  };
  const { level, etag } = await ask({});
  expect(level).toBe("info");
  expect((await ask({ "if-none-match": etag })).level).toBe("debug");
  expect((await ask({ "if-none-match": '"another"' })).level).toBe("debug");
  await logged.close();
});

test("an address of IPv6 is written as addresses are", async () => {
  const served = await serveMetrics("[::1]:0", async () => []);
  try {
    expect(served.url).toMatch(/^http:\/\/\[::1\]:\d+\/metrics$/);
    expect((await fetch(served.url)).status).toBe(200);
  } finally {
    await served.close();
  }
});
