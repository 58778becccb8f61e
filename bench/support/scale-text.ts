import {
  budgetDay,
  DISPATCHES_PER_HOUR,
  type HotKey,
  hotKeys,
  LOAD,
  mostInTime,
  SKEWS,
  type Skew,
  UNITS_PER_PARTITION,
  type UnitsOf,
} from "../load-model.ts";
import type { Figures } from "./figures.ts";

const DURABLE = "durable delivery, from event to completion";
const DEFAULT = "event with one delivery";
const skews = Object.keys(SKEWS) as Skew[];

const whole = (value: number): string => Math.round(value).toLocaleString("en");
/** A number of two figures that count. */
const about = (value: number): string => whole(Number(value.toPrecision(2)));
const percent = (share: number): string => `${(100 * share).toFixed(share > 0.995 && share < 1 ? 2 : 0)} %`;
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(" | ")} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(row)].join("\n");

/** Returns the published write units of an event with one delivery, by the place that takes them. */
function unitsIn(figures: Figures): UnitsOf {
  const all = Object.entries(figures).filter(([name]) => name.startsWith("write units: "));
  if (all.length === 0)
    throw new Error("bench/results.json has no write units: run `npm run bench -- cost`.");
  return (durable, place) => {
    const prefix = `write units: ${durable ? DURABLE : DEFAULT}, `;
    return all
      .filter(([name]) => name.startsWith(prefix) && place.test(name.slice(prefix.length)))
      .reduce((sum, [, { value }]) => sum + value, 0);
  };
}

/** A limit, and what a mean second of the load takes of it. */
interface Limit {
  name: string;
  taken: number;
  limit: number;
  unit: string;
  source: string;
}

/** The assumed time of a webhook, of a batch of ten queue messages, and of a step's call, in seconds. None was measured on AWS. */
const SECONDS = { webhook: 0.05, batch: 0.5, call: 0.1 } as const;
const BATCH = 10;
/** Webhooks of a provider's run; a followed consumer's run has as many. */
const WEBHOOKS = 3;
/** Calls of a consumer's run: confirm and complete. */
const CALLS = 2;
/** The mean seconds after which a delivery without a slot asks for one again. */
const ASKS_EVERY = 225;
/** Units in the table and in its index of one such question. */
const ASK_UNITS = { table: 2, index: 2 } as const;

function limitsOf(units: UnitsOf): Limit[] {
  const { eventsPerSecond, durable } = LOAD;
  const mean = (place: RegExp): number =>
    eventsPerSecond * (durable * units(true, place) + (1 - durable) * units(false, place));
  const webhooks = eventsPerSecond * WEBHOOKS * (1 + durable);
  const calls = eventsPerSecond * CALLS * durable;
  const routing = (eventsPerSecond * (1 + durable) * SECONDS.batch) / BATCH;
  const delivering = (eventsPerSecond * SECONDS.batch) / BATCH;
  const running = webhooks * SECONDS.webhook + calls * SECONDS.call + routing + delivering;
  const dynamodb = "Quotas in Amazon DynamoDB";
  const scaling = "Lambda, scaling of SQS event sources";
  return [
    {
      name: "workers that route, as deployed",
      taken: routing,
      limit: 2,
      unit: "at once",
      source: "`routingConcurrency` of `serverless.yml`",
    },
    {
      name: "workers that deliver, as deployed",
      taken: delivering,
      limit: 4,
      unit: "at once",
      source: "`deliveryConcurrency` of `serverless.yml`",
    },
    {
      name: "all functions of a new account",
      taken: running,
      limit: 10,
      unit: "at once",
      source: "Lambda quotas",
    },
    {
      name: "all functions by the default quota",
      taken: running,
      limit: 1000,
      unit: "at once",
      source: "Lambda quotas",
    },
    { name: "workers of one queue", taken: routing, limit: 1000, unit: "at once", source: scaling },
    {
      name: "HTTP API, all requests",
      taken: webhooks + calls,
      limit: 10_000,
      unit: "requests/s",
      source: "API Gateway quotas",
    },
    {
      name: "table `deliveries`",
      taken: mean(/^table deliveries /),
      limit: 40_000,
      unit: "write units/s",
      source: dynamodb,
    },
    {
      name: "table `meters`",
      taken: mean(/^table meters /),
      limit: 40_000,
      unit: "write units/s",
      source: dynamodb,
    },
    {
      name: "table `runs`",
      taken: mean(/^table runs /),
      limit: 40_000,
      unit: "write units/s",
      source: dynamodb,
    },
    {
      name: "S3, puts of one prefix, if no payload were small",
      taken: eventsPerSecond,
      limit: 3500,
      unit: "requests/s",
      source: "S3, optimizing performance",
    },
    {
      name: "SQS, messages in flight of one queue",
      taken: (routing + delivering) * BATCH,
      limit: 120_000,
      unit: "messages",
      source: "SQS message quotas",
    },
  ];
}

const breaksAt = ({ taken, limit }: Limit): number => (LOAD.eventsPerSecond * limit) / taken / LOAD.peak;

function budgetText(): string {
  const rows = skews.map((skew) => {
    const day = budgetDay(skew);
    const most = mostInTime(skew);
    return [
      skew,
      percent(day.inTime),
      whole(day.waiting),
      about(day.most),
      about(day.left),
      most === 0 ? "under 10" : about(most),
    ];
  });
  const head = [
    "organisations are",
    "leaves within the hour",
    "organisations that wait",
    "deliveries that wait, at most",
    "at the day's end",
    "events a second of which 99 % leave in time",
  ];
  return table(head, rows);
}

function keysText(units: UnitsOf): string {
  const found = skews.map((skew) => hotKeys(skew, units));
  const first = found[0] as HotKey[];
  const rows = first.map(({ name }, index) => {
    const each = found.map((keys) => keys[index] as HotKey);
    return [
      name,
      ...each.map((key) => about(key.units)),
      about(Math.min(...each.map((key) => key.breaksAt))),
    ];
  });
  const sorted = rows.toSorted((a, b) => number(a.at(-1)) - number(b.at(-1)));
  return table(["key", ...skews, "breaks at a mean of, events/s"], sorted);
}

const number = (text: string | undefined): number => Number(text?.replaceAll(",", ""));

function limitsText(units: UnitsOf): string {
  const rows = limitsOf(units)
    .toSorted((a, b) => breaksAt(a) - breaksAt(b))
    .map((one) => [
      one.name,
      `${about(one.taken)} ${one.unit}`,
      whole(one.limit),
      about(breaksAt(one)),
      one.source,
    ]);
  return table(["what", "takes in the mean", "limit", "breaks at a mean of, events/s", "by"], rows);
}

function backlogText(): string {
  const tableHolds = (40_000 * ASKS_EVERY) / ASK_UNITS.table;
  const shardsHold = (8 * UNITS_PER_PARTITION * ASKS_EVERY) / ASK_UNITS.index;
  const days = skews.map((skew) => [skew, budgetDay(skew)] as const);
  const rows = [
    ["shards of the index `due`", about(shardsHold)],
    ["table `deliveries`", about(tableHolds)],
  ].map(([what, count]) => [
    what as string,
    count as string,
    ...days.map(([, day]) => {
      const hour = day.hourOver(number(count));
      return hour === null ? "never" : `hour ${hour + 1}`;
    }),
  ]);
  return table(["what gives way", "at so many waiting deliveries", ...skews], rows);
}

function priceText(figures: Figures): string {
  const of = (name: string): number =>
    figures[`cost: ${name}, price of DynamoDB, S3 and SQS`]?.value ?? Number.NaN;
  const millions = (LOAD.eventsPerSecond * 86_400) / 1e6;
  const dollars = millions * (LOAD.durable * of(DURABLE) + (1 - LOAD.durable) * of(DEFAULT));
  return `A day of it is ${millions.toFixed(1)} million events, and ${about(dollars)} US dollars of DynamoDB, S3 and SQS.`;
}

/** Returns the figures of docs/scale.md: they follow from what was measured and from the model's seed. */
export function scaleText(figures: Figures): string {
  const units = unitsIn(figures);
  return [
    `### GitHub's budgets: ${whole(DISPATCHES_PER_HOUR)} dispatches an hour of one installation`,
    budgetText(),
    "### Quotas of AWS, and the deployment's own",
    limitsText(units),
    `### Hot keys: write units in the busiest second, of ${whole(UNITS_PER_PARTITION)} that a partition takes`,
    keysText(units),
    "### What waiting costs",
    backlogText(),
    priceText(figures),
  ].join("\n\n");
}
