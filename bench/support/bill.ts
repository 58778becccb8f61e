import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { METRICS } from "../../app/lambda/metrics.ts";
import { queues } from "../../app/store/queues.ts";
import { alarmsOf } from "../../deploy/alarms.ts";
import type { Figures } from "./figures.ts";
import { fairQueuePrice, PRICES_AS_OF, price } from "./prices.ts";

/** Days that a month has here. */
const DAYS = 30;
/** GitHub tells of a run when it is requested, begins and ends. */
const WEBHOOKS_PER_RUN = 3;
/** Batches of queue messages that an event's routing and its delivery are worked in, where few come. */
const BATCHES_PER_EVENT = 2;
/**
 * The share of a function's calls that Lambda traces, besides one a second; it cannot be set.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
 */
const TRACED = 0.05;
/**
 * The number of receives that Lambda keeps waiting at an empty queue.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
 */
const POLLERS = 5;
/** Count, 4xx, 5xx, Latency, IntegrationLatency, DataProcessed. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html */
const METRICS_PER_ROUTE = 6;
/** The assumed time of an event in all functions together, in seconds; it was not measured. */
const ASSUMED_SECONDS = 0.5;

const text = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

const dollars = (amount: number): string => `$${amount.toFixed(2)}`;
/** A price as AWS prints it: `$0.10`, `$0.023`. */
const asked = (amount: number): string =>
  `$${amount.toFixed(Math.max(2, String(amount).split(".")[1]?.length ?? 0))}`;
const few = (value: number): string => String(Number(value.toFixed(1)));
const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], ...rows: readonly (readonly string[])[]): string =>
  [row(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(row)].join("\n");

interface Deployment {
  provider: { memorySize: number };
  functions: Record<string, { events: { httpApi?: string }[] }>;
}

/** Returns the measured cost of a million events of one delivery each, in US dollars. */
export function measuredCost(figures: Figures) {
  const of = (what: string): number => {
    const name = `cost: event with one delivery, ${what}`;
    const found = figures[name];
    if (!found) throw new Error(`bench/results.json has no "${name}": run \`npm run bench -- cost\`.`);
    return found.value;
  };
  const indexUnits = of("DynamoDB writes, to indexes");
  const writeUnits = of("DynamoDB writes, to tables") + indexUnits;
  const readUnits = of("DynamoDB reads");
  const puts = of("S3 requests");
  const sqsRequests = of("SQS requests, without waiting receives");
  const costs = {
    writes: writeUnits * price("dynamodbPerMillionWriteUnits"),
    reads: readUnits * price("dynamodbPerMillionReadUnits"),
    puts: puts * 1000 * price("s3PerThousandPuts"),
    sqs: sqsRequests * fairQueuePrice(),
  };
  const sum = Object.values(costs).reduce((all, one) => all + one, 0);
  return { indexUnits, writeUnits, readUnits, puts, sqsRequests, costs, sum };
}

/** Returns the text about costs for operations.md, from what was measured, what is deployed and AWS's prices. */
export function billText(figures: Figures): string {
  const { provider, functions } = parse(text("serverless.yml")) as Deployment;
  const gb = provider.memorySize / 1024;
  const time = (seconds: number): number => seconds * gb * price("lambdaPerGbSecondArm");
  const calls = (millions: number): number => millions * price("lambdaPerMillionRequests");
  const traces = (millions: number): number => millions * price("xrayPerMillionTraces");

  const taken = measuredCost(figures);
  const { costs } = taken;
  const http = WEBHOOKS_PER_RUN * price("httpApiPerMillionRequests");
  const full = BATCHES_PER_EVENT / 10;
  const most = WEBHOOKS_PER_RUN + BATCHES_PER_EVENT;
  const whole = taken.sum + http + calls(most);
  const event = table(
    ["service", "an event takes", "a million events"],
    [
      "DynamoDB",
      `${few(taken.writeUnits)} write units, ${few(taken.indexUnits)} of them in indexes, and ${few(taken.readUnits)} read units`,
      `${dollars(costs.writes)} + ${dollars(costs.reads)}`,
    ],
    ["S3", `${few(taken.puts)} put${taken.puts === 1 ? "" : "s"}`, dollars(costs.puts)],
    [
      "SQS",
      `${few(taken.sqsRequests)} requests at the price of fair queues, waiting receives apart`,
      dollars(costs.sqs),
    ],
    [
      "HTTP API",
      `${WEBHOOKS_PER_RUN} requests, since GitHub tells of a run when it is requested, begins and ends`,
      dollars(http),
    ],
    [
      "Lambda, calls",
      `${WEBHOOKS_PER_RUN} of webhooks; of the worker ${BATCHES_PER_EVENT}, and down to ${full} where batches fill`,
      `${dollars(calls(WEBHOOKS_PER_RUN + full))} to ${dollars(calls(most))}`,
    ],
    [
      "Lambda, time",
      `not measured: each 100 ms, at ${provider.memorySize} MB on arm64`,
      dollars(1e6 * time(0.1)),
    ],
    [
      "X-Ray",
      `a trace of each call that comes alone in its second, and of one in ${1 / TRACED} beyond`,
      `${dollars(traces(most * TRACED))} to ${dollars(traces(most))}`,
    ],
    ["CloudWatch Logs", "not measured: what is logged, by `LOG_LEVEL`", `${asked(price("logsPerGb"))} a GB`],
  );

  const alarms = Object.keys(alarmsOf("prod")).length;
  const seconds = DAYS * 24 * 3600;
  const schedules = seconds / 60;
  const waiting = Object.values(queues).map(
    (queue) => (POLLERS * seconds) / queue.ReceiveMessageWaitTimeSeconds,
  );
  const receives = waiting.reduce((all, one) => all + one, 0);
  const idle = {
    alarms: alarms * price("alarmPerMonth"),
    dashboard: price("dashboardPerMonth"),
    sqs: (receives / 1e6) * price("sqsPerMillionRequests"),
    calls: calls(schedules / 1e6),
    time: schedules * time(0.1),
    traces: traces(schedules / 1e6),
  };
  const month = table(
    ["in a month without events", "how much", "cost"],
    ["alarms", String(alarms), dollars(idle.alarms)],
    ["dashboard", "1", dollars(idle.dashboard)],
    [
      "SQS",
      `${few(receives / 1e6)} million receives that wait for nothing, ${POLLERS} at a time for each queue`,
      dollars(idle.sqs),
    ],
    [
      "schedule",
      `${schedules.toLocaleString("en")} calls, and each 100 ms of all of them`,
      `${dollars(idle.calls)} + ${dollars(idle.time)}`,
    ],
    ["X-Ray", "a trace of each of those calls", dollars(idle.traces)],
  );
  const routes = Object.values(functions)
    .flatMap(({ events }) => events)
    .filter(({ httpApi }) => httpApi !== undefined).length;
  const metric = price("metricPerMonth");

  return `Prices are those of us-east-1 in ${PRICES_AS_OF} (\`bench/prices.json\`), beyond the free tiers; what DynamoDB, S3 and SQS are asked for is what \`npm run bench -- cost\` measured. A million events of one delivery each, without a message:

${event}

So about $${Math.round(whole)} a million, and on top the functions' time, traces and logs. The time is assumed, since nobody has measured it on AWS: most of it is the worker's wait for GitHub's answer to the dispatch, and at ${ASSUMED_SECONDS} s for all of an event it comes to ${dollars(1e6 * time(ASSUMED_SECONDS))}. A message, a confirm and a complete are each one more HTTP request and one call of the API's function, whose time is assumed likewise. X-Ray is the dearer the more evenly events come; without \`tracing\` in \`serverless.yml\` it costs nothing.

A deployment that nobody uses is not free:

${month}

That is about ${dollars(Object.values(idle).reduce((all, one) => all + one, 0))}; AWS's free tiers, where an account has them to itself, take most of it away. What else goes by the month:

- Metrics, ${asked(metric)} each, by the hours in which they counted something: at most ${dollars(METRICS.length * metric)} for Zekt's ${METRICS.length}, and ${dollars(routes * METRICS_PER_ROUTE * metric)} for those of the HTTP API's ${routes} routes.
- A GB of DynamoDB ${asked(price("dynamodbPerGbMonth"))}, and ${asked(price("dynamodbRecoveryPerGbMonth"))} more for its point-in-time recovery; of S3 ${asked(price("s3PerGbMonth"))}; of logs ${asked(price("logsPerGbMonth"))}.

Not counted: what the schedule reads and writes in DynamoDB, requests of KMS for the tables' key and the parameters, and traffic to GitHub.`;
}
