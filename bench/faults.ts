import { setTimeout as wait } from "node:timers/promises";
import type { Arrival } from "./github.worker.ts";
import { Field, type SideName } from "./support/field.ts";
import { type Figures, figure } from "./support/figures.ts";
import { atRate, type Posted } from "./support/load.ts";
import { quantile } from "./support/stats.ts";

const LOAD = { rate: 2, count: 20 };
const SIDES: SideName[] = ["zekt", "pg-boss", "parallel"];
/** After so many milliseconds without anything new, what has not arrived counts as lost. */
const GIVEN_UP = 150_000;
/** So many milliseconds after the last, what was sent again without need has arrived too. */
const COMES_TWICE = 30_000;

type Kind = "clean" | "one consumer down" | "5 % 5xx, 2 % timeouts, one consumer down";

interface Result {
  lost: number;
  duplicates: number;
  /** Milliseconds from the end of the faults to the last arrival. */
  drain: number;
  /** The 99th percentile of the consumers that are up. */
  p99: number;
}

/** The same load while GitHub fails for some and one consumer is down: what is lost, what comes twice, who suffers. */
export async function faults(say: (line: string) => void): Promise<Figures> {
  const field = await Field.open({ fanOuts: [10], durable: true });
  const figures: Figures = {};
  try {
    for (const side of SIDES) {
      const results: Partial<Record<Kind, Result>> = {};
      for (const kind of [
        "clean",
        "one consumer down",
        "5 % 5xx, 2 % timeouts, one consumer down",
      ] as const) {
        results[kind] = await underFaults(field, side, kind);
        say(`${side}, ${kind}: ${JSON.stringify(results[kind])}`);
      }
      Object.assign(figures, figuresOf(side, results as Record<Kind, Result>));
    }
  } finally {
    await field.close();
  }
  return figures;
}

function figuresOf(side: SideName, results: Record<Kind, Result>): Figures {
  const all = results["5 % 5xx, 2 % timeouts, one consumer down"];
  const ours = side === "zekt";
  const of = `faults: ${side}`;
  return {
    [`${of}, deliveries lost`]: figure({
      value: all.lost,
      unit: `of ${LOAD.count * 10}`,
      ...(ours ? { atMost: 0 } : {}),
    }),
    [`${of}, deliveries that came twice`]: figure({ value: all.duplicates, unit: `of ${LOAD.count * 10}` }),
    [`${of}, time to drain`]: figure({ value: all.drain / 1000, unit: "s after the consumer is up again" }),
    [`${of}, p99 of the others while one consumer is down`]: figure({
      value: results["one consumer down"].p99,
      unit: "ms",
      baseline: results.clean.p99,
      against: "the same with nobody down",
      ...(ours ? { atMost: 1.5 } : {}),
    }),
  };
}

async function underFaults(field: Field, side: SideName, kind: Kind): Promise<Result> {
  const provider = field.provider(10);
  const [down] = field.consumers;
  if (!down) throw new Error("There is no consumer.");
  const entrance = await field.entrance(side, provider);
  const warmUp = await atRate(entrance, provider.example, 1, 1);
  await arrivalsOf(field, warmUp, 10);
  if (kind !== "clean")
    await field.github.call("fault", {
      target: "api",
      route: `^/(?:repositories/${down.repositoryId}|repos/${down.fullName})/dispatches$`,
      count: -1,
      status: 503,
    });
  if (kind.startsWith("5 %")) {
    const dispatches = { target: "api", method: "POST", route: "^/.*/dispatches$", count: -1 } as const;
    await field.github.call("fault", { ...dispatches, status: 502, probability: 0.05 });
    await field.github.call("fault", { ...dispatches, latency_ms: 16_000, probability: 0.02 });
  }
  const posted = await atRate(entrance, provider.example, LOAD.count, LOAD.rate);
  await wait(3000);
  await field.github.call("heal");
  const healedAt = Date.now();
  const expected = LOAD.count * 10;
  const arrivals = await arrivalsOf(field, posted, expected);
  const sentAt = new Map(posted.map(({ runId, at }) => [runId, at]));
  const pairs = [...pairsOf(arrivals).values()];
  const others = pairs.flatMap(([first]) => (first && first.consumer !== down.fullName ? [first] : []));
  return {
    lost: expected - pairs.length,
    duplicates: pairs.filter((one) => one.length > 1).length,
    drain: Math.max(0, Math.max(...pairs.map(([first]) => first?.at ?? 0)) - healedAt),
    p99: quantile(
      others.map(({ at, correlationId }) => at - (sentAt.get(correlationId) ?? Number.NaN)),
      0.99,
    ),
  };
}

/** Groups a consumer's arrivals by event, the earliest first. */
const pairsOf = (arrivals: readonly Arrival[]): Map<string, Arrival[]> =>
  Map.groupBy(
    arrivals.toSorted((a, b) => a.at - b.at),
    ({ consumer, correlationId }) => `${correlationId} ${consumer}`,
  );

/** Waits until so many deliveries of what was posted have arrived at least once, or nothing new comes any more. */
async function arrivalsOf(field: Field, posted: readonly Posted[], expected: number): Promise<Arrival[]> {
  const runIds = new Set(posted.map(({ runId }) => runId));
  let seen = -1;
  for (let since = Date.now(); Date.now() - since < GIVEN_UP; await wait(500)) {
    const arrivals = (await field.github.call("arrivals")).filter(({ correlationId }) =>
      runIds.has(correlationId),
    );
    const { size } = pairsOf(arrivals);
    if (size > seen) since = Date.now();
    seen = size;
    if (size < expected) continue;
    // What comes twice comes after the rest.
    await wait(COMES_TWICE);
    break;
  }
  return (await field.github.call("arrivals")).filter(({ correlationId }) => runIds.has(correlationId));
}
