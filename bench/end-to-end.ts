import type { Arrival } from "./github.worker.ts";
import { checkArrived, FAN_OUTS, type FanOut, Field, type Provider, type SideName } from "./support/field.ts";
import { type Figures, figure } from "./support/figures.ts";
import { atOnce, atRate, type Posted } from "./support/load.ts";
import { median, quantile } from "./support/stats.ts";

/** Events a second, and events of one round, by fan-out: the same for each side, none at its limit. */
const PACED: Record<FanOut, RoundLoad["paced"]> = {
  1: { rate: 10, count: 50 },
  10: { rate: 2, count: 20 },
  100: { rate: 0.5, count: 5 },
};
/** Events of a round at saturation. */
const BULK: Record<FanOut, number> = { 1: 150, 10: 30, 100: 6 };
const CONCURRENCY = 64;
/** `BENCH_ROUNDS` has more or fewer. */
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const SIDES: SideName[] = ["zekt", "pg-boss", "bullmq", "parallel", "sequential"];

/** The sides that Zekt is held against, with what each is and the least ratio of the rates, by fan-out. */
const AGAINST = {
  "pg-boss": { title: "pg-boss on PostgreSQL, fsync on", atLeast: { 1: 2, 10: 4, 100: 5 } },
  bullmq: { title: "BullMQ on Redis, appendfsync always", atLeast: { 1: 1, 10: 1, 100: 1 } },
  parallel: { title: "inline Probot handler, Promise.all", atLeast: { 1: 1, 10: 0.9, 100: 0.9 } },
} as const;
/** The most that Zekt's time from a run's end to the dispatch may be of the inline handler's, at p99. */
const P99_OF_INLINE = 1.15;

type Round = Record<"p50" | "p99" | "rate", number>;

/** From the moment a run's end is told to the moment its dispatch is received, and how many a second. */
export async function endToEnd(say: (line: string) => void): Promise<Figures> {
  const field = await Field.open();
  const figures: Figures = {};
  try {
    for (const fanOut of FAN_OUTS) Object.assign(figures, await ofFanOut(field, fanOut, say));
  } finally {
    await field.close();
  }
  return figures;
}

async function ofFanOut(field: Field, fanOut: FanOut, say: (line: string) => void): Promise<Figures> {
  const provider = field.provider(fanOut);
  const rounds = new Map<SideName, Round[]>(SIDES.map((side) => [side, []]));
  for (let round = 0; round <= ROUNDS; round++) {
    for (const side of SIDES) {
      // Dispatching to a hundred, one after the other, takes minutes, and is no match for anything.
      if (side === "sequential" && fanOut === 100) continue;
      const figures = await oneRound(field, side, provider, round === 0 ? WARM_UP : loadOf(fanOut));
      if (round > 0) rounds.get(side)?.push(figures);
      say(
        `fan-out ${fanOut}, round ${round}, ${side}: p50 ${figures.p50.toFixed(0)} ms, p99 ${figures.p99.toFixed(0)} ms, ${figures.rate.toFixed(0)}/s`,
      );
    }
  }
  const of = (side: SideName, what: keyof Round): number =>
    median((rounds.get(side) ?? []).map((one) => one[what]));
  const name = `end to end: fan-out ${fanOut}`;
  const figures: Figures = {};
  for (const side of ["pg-boss", "bullmq", "parallel"] as const) {
    const { title, atLeast } = AGAINST[side];
    for (const what of ["p50", "p99"] as const)
      figures[`${name}, ${what}, against ${side}`] = figure({
        value: of("zekt", what),
        unit: "ms",
        baseline: of(side, what),
        against: title,
        ...(side === "parallel" ? (what === "p99" ? { atMost: P99_OF_INLINE } : {}) : { atMost: 1 }),
      });
    figures[`${name}, deliveries a second, against ${side}`] = figure({
      value: of("zekt", "rate"),
      unit: "/s",
      baseline: of(side, "rate"),
      against: title,
      atLeast: atLeast[fanOut as keyof typeof atLeast],
    });
  }
  return figures;
}

/** The events of a round: some at a fixed rate, and some as fast as they are answered. */
export interface RoundLoad {
  paced: { rate: number; count: number };
  bulk: number;
}

/** A round in which everybody loads what they need; it does not count. */
export const WARM_UP: RoundLoad = { paced: { rate: 2, count: 2 }, bulk: 2 };

const loadOf = (fanOut: FanOut): RoundLoad => ({
  paced: PACED[fanOut] as RoundLoad["paced"],
  bulk: BULK[fanOut] as number,
});

/** Measures one side for one round, and checks that every event arrived everywhere once. */
export async function oneRound(
  field: Field,
  side: SideName,
  provider: Provider,
  { paced: { rate, count }, bulk: size }: RoundLoad,
): Promise<Round> {
  const { example } = provider;
  const entrance = await field.entrance(side, provider);
  await field.github.call("forget");
  const paced = await atRate(entrance, example, count, rate);
  const arrivals = await arrivedOnce(field, side, provider, paced);
  const sentAt = new Map(paced.map(({ runId, at }) => [runId, at]));
  const took = arrivals.map(({ correlationId, at }) => at - (sentAt.get(correlationId) ?? Number.NaN));
  await field.github.call("forget");
  const bulk = await atOnce(entrance, example, size, CONCURRENCY);
  const all = await arrivedOnce(field, side, provider, bulk);
  const first = Math.min(...bulk.map(({ at }) => at));
  const last = Math.max(...all.map(({ at }) => at));
  return { p50: quantile(took, 0.5), p99: quantile(took, 0.99), rate: (all.length * 1000) / (last - first) };
}

/** Waits for what was posted, checks that each arrived once and, of Zekt's, that it is in its store as dispatched. */
async function arrivedOnce(
  field: Field,
  side: SideName,
  provider: Provider,
  posted: Posted[],
): Promise<Arrival[]> {
  const arrivals = await field.arrivals(posted.length * provider.fanOut);
  checkArrived(posted, arrivals, provider.fanOut, side);
  if (side === "zekt") {
    const runIds = posted.map(({ runId }) => runId);
    const stored = await field.zekt.call("stored", provider.repositoryId, runIds);
    if (stored !== runIds.length) throw new Error(`Of ${runIds.length} events ${stored} are stored.`);
  }
  return arrivals;
}
