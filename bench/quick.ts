import { DURABLE_DELIVERY, ofDurable } from "./cost.ts";
import { oneRound, type RoundLoad, WARM_UP } from "./end-to-end.ts";
import { saturate } from "./ingest.ts";
import { type FanOut, Field } from "./support/field.ts";
import { type Figures, figure, readFigures } from "./support/figures.ts";
import { median } from "./support/stats.ts";

/** No round begins later than so many milliseconds after the start: two minutes are enough for all of it. */
const ROUNDS_UNTIL = 80_000;
const MOST_ROUNDS = 3;

const LOADS: Record<FanOut, RoundLoad> = {
  1: { paced: { rate: 10, count: 15 }, bulk: 100 },
  10: { paced: { rate: 4, count: 6 }, bulk: 20 },
  100: { paced: { rate: 1, count: 2 }, bulk: 4 },
};
const SATURATION = { count: 200, concurrency: 16 };

/**
 * Measures the main ratios alone, in two minutes, for developers who change something: against a handler that dispatches
 * inline, and against an empty one. Few rounds of small loads: a ratio that moves by a tenth says nothing.
 */
export async function quick(say: (line: string) => void): Promise<Figures> {
  const startedAt = performance.now();
  const isTimeLeft = (): boolean => performance.now() - startedAt < ROUNDS_UNTIL;
  const measured = new Map<string, { unit: string; zekt: number[]; other: number[] }>();
  const cost = await costs();
  say(`costs: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  const field = await Field.open();
  try {
    for (let round = 0; round <= MOST_ROUNDS && (round <= 1 || isTimeLeft()); round++) {
      const record = (name: string, unit: string, zekt: number, other: number): void => {
        if (round === 0) return;
        const standing = measured.get(name) ?? { unit, zekt: [], other: [] };
        standing.zekt.push(zekt);
        standing.other.push(other);
        measured.set(name, standing);
      };
      for (const [fanOut, load] of Object.entries(LOADS)) {
        const provider = field.provider(Number(fanOut));
        const zekt = await oneRound(field, "zekt", provider, round === 0 ? WARM_UP : load);
        // It keeps nothing, so that now and then one of its events does not arrive.
        const inline = await oneRound(field, "parallel", provider, round === 0 ? WARM_UP : load).catch(
          (error: Error) => say(`round ${round}, left out: ${error.message}`),
        );
        if (!inline) continue;
        record(`fan-out ${fanOut}, deliveries a second`, "/s", zekt.rate, inline.rate);
        record(`fan-out ${fanOut}, p50 from a run's end to its dispatch`, "ms", zekt.p50, inline.p50);
      }
      const [zekt, bare] = [
        await saturate(field, "zekt", SATURATION),
        await saturate(field, "bare", SATURATION),
      ];
      record(EMPTY, "events/s", zekt, bare);
      say(`round ${round}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
    }
  } finally {
    await field.close();
  }
  const ratios = Object.fromEntries(
    [...measured].map(([name, { unit, zekt, other }]) => [
      `quick: ${name}`,
      figure({
        value: median(zekt),
        unit,
        baseline: median(other),
        against: name === EMPTY ? "@octokit/webhooks, empty" : "inline, Promise.all",
      }),
    ]),
  );
  return { ...cost, ...ratios };
}

/** Durable deliveries whose requests are counted: what they take does not depend on how busy the machine is. */
const COUNTED = 5;
const COUNTS = ["DynamoDB writes, to tables", "DynamoDB writes, to indexes", "DynamoDB requests"];

/** Counts what a durable delivery asks of DynamoDB, against what is published. */
async function costs(): Promise<Figures> {
  const now = await ofDurable(() => {}, COUNTED);
  const published = readFigures();
  return Object.fromEntries(
    COUNTS.map((what) => {
      const name = `cost: ${DURABLE_DELIVERY}, ${what}`;
      const { value = Number.NaN, unit = "" } = now[name] ?? {};
      const baseline = published[name]?.value ?? Number.NaN;
      return [`quick: a durable delivery, ${what}`, figure({ value, unit, baseline, against: "published" })];
    }),
  );
}

const EMPTY = "webhooks answered a second";
