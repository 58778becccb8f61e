import { setTimeout as wait } from "node:timers/promises";
import { oneRound, WARM_UP } from "./end-to-end.ts";
import { type Chart, keepCharts } from "./support/charts.ts";
import { checkArrived, Field, missingOf, type Provider, type SideName } from "./support/field.ts";
import { type Figures, figure } from "./support/figures.ts";
import { atRate } from "./support/load.ts";
import { quantile } from "./support/stats.ts";

const FAN_OUT = 10;
/** The seconds of a load; `BENCH_SECONDS` names others. */
const SECONDS = Number(process.env.BENCH_SECONDS ?? 300);
/** The share of a side's own rate that it carries all the time. */
const SHARE = 0.8;
/** Events by which a side's own rate is found. */
const BULK = 60;
/** The most that memory may be at the end of a load, as a multiple of what it was a fifth into it. */
const MEMORY_GROWTH = 1.1;

const SIDES = ["zekt", "pg-boss", "bullmq", "parallel"] as const satisfies SideName[];
type Side = (typeof SIDES)[number];

interface Carried {
  perSecond: number;
  /** Milliseconds from the moment a run's end is announced to its dispatch. */
  p50: number;
  p99: number;
  p999: number;
  /** Resident memory at the end, as a multiple of what it was after a fifth of the time. */
  growth: number;
  /** The deliveries that were queued or under way, once a second. */
  depths: number[];
  /** The share of the events that did not arrive everywhere. */
  lost: number;
}

/**
 * Measures loads of minutes: each side carries four fifths of its own rate, and then of the slowest side's. A burst
 * says little about what stays within bounds for ever.
 */
export async function sustained(say: (line: string) => void): Promise<Figures> {
  const field = await Field.open({ fanOuts: [FAN_OUT] });
  try {
    const provider = field.provider(FAN_OUT);
    const own = {} as Record<Side, number>;
    for (const side of SIDES) {
      await oneRound(field, side, provider, WARM_UP);
      own[side] = (await oneRound(field, side, provider, { ...WARM_UP, bulk: BULK })).rate / FAN_OUT;
      say(`${side} carries ${own[side].toFixed(1)} events/s`);
    }
    const slowest = Math.min(...Object.values(own));
    const loads = [
      { load: "its own", rateOf: (side: Side) => SHARE * own[side] },
      { load: "the slowest side's", rateOf: () => SHARE * slowest },
    ];
    const figures: Figures = {};
    const charts: Chart[] = [];
    for (const { load, rateOf } of loads) {
      const results = {} as Record<Side, Carried>;
      for (const side of SIDES) {
        results[side] = await carry(field, side, provider, rateOf(side));
        say(`${load}, ${side}: ${JSON.stringify({ ...results[side], depths: undefined })}`);
      }
      Object.assign(figures, figuresOf(load, results));
      charts.push(depthsOf(load, results));
    }
    keepCharts(charts);
    return figures;
  } finally {
    await field.close();
  }
}

async function carry(field: Field, side: Side, provider: Provider, rate: number): Promise<Carried> {
  const entrance = await field.entrance(side, provider);
  await field.github.call("forget");
  const worker = field.side(side);
  const depths: number[] = [];
  const memory: number[] = [];
  const watching = new AbortController();
  const watch = async (): Promise<void> => {
    for (; !watching.signal.aborted; await wait(1000)) {
      depths.push(await worker.call("queued"));
      memory.push(await worker.call("memory"));
    }
  };
  const watched = watch();
  const startedAt = Date.now();
  const posted = await atRate(entrance, provider.example, Math.round(rate * SECONDS), rate);
  const arrivals = await field.arrivals(posted.length * FAN_OUT);
  watching.abort();
  await watched;
  // Of thousands of webhooks another side's server may refuse one, which is a figure of its own.
  if (side === "zekt") checkArrived(posted, arrivals, FAN_OUT, side);
  const sentAt = new Map(posted.map(({ runId, at }) => [runId, at]));
  const took = arrivals.map(({ correlationId, at }) => at - (sentAt.get(correlationId) ?? Number.NaN));
  const last = arrivals.reduce((latest, { at }) => Math.max(latest, at), startedAt);
  const atFifth = memory[Math.floor(memory.length / 5)] ?? Number.NaN;
  return {
    perSecond: (arrivals.length * 1000) / (last - startedAt),
    p50: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    p999: quantile(took, 0.999),
    growth: (memory.at(-1) ?? Number.NaN) / atFifth,
    depths,
    lost: missingOf(posted, arrivals, FAN_OUT) / posted.length,
  };
}

function figuresOf(load: string, results: Record<Side, Carried>): Figures {
  const figures: Figures = {};
  const at = `sustained: ${SECONDS} s at 0.8 of ${load} rate`;
  const { zekt } = results;
  for (const side of SIDES) {
    const other = results[side];
    figures[`${at}, lost, ${side}`] = figure({
      value: other.lost,
      unit: "of all events",
      ...(side === "zekt" ? { atMost: 0 } : {}),
    });
    if (side === "zekt") {
      figures[`${at}, memory at the end`] = figure({
        value: zekt.growth,
        unit: "× a fifth into it",
        atMost: MEMORY_GROWTH,
      });
      continue;
    }
    for (const [what, unit] of [
      ["perSecond", "/s"],
      ["p50", "ms"],
      ["p99", "ms"],
      ["p999", "ms"],
    ] as const)
      figures[`${at}, ${NAMES[what]}, against ${side}`] = figure({
        value: zekt[what],
        unit,
        baseline: other[what],
        against: side,
      });
  }
  return figures;
}

const NAMES = { perSecond: "deliveries a second", p50: "p50", p99: "p99", p999: "p99.9" };

const depthsOf = (load: string, results: Record<Side, Carried>): Chart => ({
  name: load === "its own" ? "queue-own-rate" : "queue-slowest-rate",
  title: `Deliveries queued or under way, at 0.8 of ${load} rate`,
  x: "seconds",
  y: "deliveries",
  lines: SIDES.map((side) => ({
    name: side,
    points: results[side].depths.map((depth, second) => [second, depth]),
  })),
});
