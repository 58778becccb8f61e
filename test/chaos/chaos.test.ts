import { expect, test } from "vitest";
import { chaos } from "./chaos.ts";

const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1_000_000));

test(`twenty seconds of chaos lose nothing and repeat nothing unsaid (CHAOS_SEED=${seed})`, {
  timeout: 300_000,
}, async () => {
  const { accepted, kills, dispatches, messages, completed } = await chaos({ seconds: 20, seed });
  expect(accepted).toBeGreaterThan(0);
  expect(kills).toBeGreaterThan(0);
  expect(messages).toBeGreaterThan(0);
  expect(completed).toBeGreaterThan(0);
  expect(dispatches).toBeGreaterThanOrEqual(accepted);
});
