import { checkArrived, FAN_OUTS, Field, type SideName } from "./support/field.ts";
import { type Figures, figure } from "./support/figures.ts";
import { atOnce, atRate, failedOf } from "./support/load.ts";
import { median, quantile } from "./support/stats.ts";

/** Events a second, and events of one round, by fan-out: the same for each side. */
const LOADS: Record<number, { rate: number; count: number }> = {
  1: { rate: 20, count: 100 },
  10: { rate: 5, count: 30 },
  100: { rate: 1, count: 10 },
};
/** `BENCH_ROUNDS` has more or fewer. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const SATURATION = { count: 400, concurrency: 16 };
const SIDES: SideName[] = ["zekt", "sequential", "parallel"];

type Round = Record<"p50" | "p95" | "p99" | "failed", number>;

/** Measures how fast webhooks are answered, at a fixed rate and at saturation. */
export async function ingest(say: (line: string) => void): Promise<Figures> {
  const field = await Field.open();
  try {
    return { ...(await atFixedRate(field, say)), ...(await atSaturation(field, say)) };
  } finally {
    await field.close();
  }
}

async function atFixedRate(field: Field, say: (line: string) => void): Promise<Figures> {
  const figures: Figures = {};
  for (const fanOut of FAN_OUTS) {
    const { rate, count } = LOADS[fanOut] as { rate: number; count: number };
    const provider = field.provider(fanOut);
    const rounds = new Map<SideName, Round[]>(SIDES.map((side) => [side, []]));
    // The first round has everybody load what they need, and get their tokens; it is not counted.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const side of SIDES) {
        await field.github.call("forget");
        const posted = await atRate(
          await field.entrance(side, provider),
          provider.example,
          round === 0 ? 3 : count,
          rate,
        );
        checkArrived(posted, await field.arrivals(posted.length * fanOut), fanOut, side);
        if (side === "zekt")
          await checkStored(
            field,
            provider.repositoryId,
            posted.map(({ runId }) => runId),
          );
        const ms = posted.map((one) => one.ms);
        if (round > 0)
          rounds.get(side)?.push({
            p50: quantile(ms, 0.5),
            p95: quantile(ms, 0.95),
            p99: quantile(ms, 0.99),
            failed: failedOf(posted),
          });
        say(
          `fan-out ${fanOut}, round ${round}, ${side}: p50 ${quantile(ms, 0.5).toFixed(1)} ms, p99 ${quantile(ms, 0.99).toFixed(1)} ms`,
        );
      }
    }
    const of = (side: SideName, what: keyof Round): number =>
      median((rounds.get(side) ?? []).map((one) => one[what]));
    const name = `ingest: answer, fan-out ${fanOut}`;
    for (const what of ["p50", "p95", "p99"] as const) {
      for (const side of ["sequential", "parallel"] as const) {
        const target =
          fanOut === 100 && what === "p99" ? { atMost: side === "sequential" ? 1 / 100 : 1 / 3 } : {};
        figures[`${name}, ${what}, against ${side}`] = figure({
          value: of("zekt", what),
          unit: "ms",
          baseline: of(side, what),
          against: `inline Probot handler, ${side}, at ${rate} events/s`,
          ...target,
        });
      }
    }
    for (const side of SIDES)
      figures[`${name}, counted as failed, ${side}`] = figure({
        value: of(side, "failed") / count,
        unit: "of all events",
        ...(side === "zekt" ? { atMost: 0 } : {}),
      });
  }
  return figures;
}

async function atSaturation(field: Field, say: (line: string) => void): Promise<Figures> {
  const rates: Record<"zekt" | "bare", number[]> = { zekt: [], bare: [] };
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of ["zekt", "bare"] as const) {
      const rate = await saturate(field, side, SATURATION);
      if (round > 0) rates[side].push(rate);
      say(`saturation, round ${round}, ${side}: ${rate.toFixed(0)} events/s`);
    }
  }
  return {
    "ingest: rate at saturation": figure({
      value: median(rates.zekt),
      unit: "events/s",
      baseline: median(rates.bare),
      against: "@octokit/webhooks with an empty handler, which keeps nothing",
      atLeast: 0.5,
    }),
  };
}

/** Sends events as fast as a side answers them, checks that all are stored, and returns how many it answered a second. */
export async function saturate(
  field: Field,
  side: "zekt" | "bare",
  { count, concurrency }: { count: number; concurrency: number },
): Promise<number> {
  const provider = field.provider(1);
  await field.github.call("forget");
  const startedAt = performance.now();
  const entrance = await field.entrance(side, provider);
  const posted = await atOnce(entrance, provider.example, count, concurrency);
  const rate = (posted.length * 1000) / (performance.now() - startedAt);
  if (failedOf(posted) > 0) throw new Error(`${side} refused ${failedOf(posted)} events.`);
  if (side === "zekt") {
    const runIds = posted.map(({ runId }) => runId);
    await checkStored(field, provider.repositoryId, runIds);
    checkArrived(posted, await field.arrivals(posted.length), 1, side);
  }
  return rate;
}

async function checkStored(field: Field, repositoryId: string, runIds: string[]): Promise<void> {
  const stored = await field.zekt.call("stored", repositoryId, runIds);
  if (stored !== runIds.length)
    throw new Error(`Of ${runIds.length} events that were accepted ${stored} are stored.`);
}
