import { expect, test } from "vitest";
import { chaos } from "./chaos.ts";
import { TROUBLES } from "./github-weather.ts";

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1_000_000));
/** Twice the time in which each kind of GitHub's weather has come, and more; `CHAOS_SECONDS` has it last longer. */
const SECONDS = Number(process.env.CHAOS_SECONDS ?? 12);

test.concurrent(`${SECONDS} seconds of chaos lose nothing and repeat nothing unsaid (CHAOS_SEED=${seed})`, {
  timeout: 420_000,
}, async () => {
  const { accepted, kills, dispatches, messages, completed, weather } = await chaos({
    seconds: SECONDS,
    seed,
  });
  expect(Object.keys(weather).sort()).toEqual([...TROUBLES, "calm"].sort());
  expect(accepted).toBeGreaterThan(0);
  expect(kills).toBeGreaterThan(0);
  expect(messages).toBeGreaterThan(0);
  expect(completed).toBeGreaterThan(0);
  expect(dispatches).toBeGreaterThanOrEqual(accepted);
});

test.concurrent(`five seconds of chaos on DynamoDB, S3 and SQS lose nothing and repeat nothing unsaid (CHAOS_SEED=${seed})`, {
  timeout: 420_000,
}, async () => {
  const { accepted, kills, dispatches, recorded } = await chaos({ seconds: 5, seed, store: "aws" });
  expect(accepted).toBeGreaterThan(0);
  expect(kills).toBeGreaterThan(0);
  expect(dispatches + recorded).toBeGreaterThanOrEqual(accepted);
});

test.concurrent.each(["ahead", "behind"] as const)(
  `a clock that jumps %s by a day has everything delivered within minutes of being right (CHAOS_SEED=${seed})`,
  {
    timeout: 420_000,
  },
  async (side) => {
    const { accepted, dispatches, recorded } = await chaos({ seconds: 10, seed, sky: "clock", side });
    expect(accepted).toBeGreaterThan(0);
    expect(dispatches + recorded).toBeGreaterThanOrEqual(3 * accepted);
  },
);
