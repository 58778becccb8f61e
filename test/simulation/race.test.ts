import { expect, test } from "vitest";
import { race } from "./race.ts";

const seed = Number(process.env.SIMULATION_SEED ?? Math.floor(Math.random() * 1_000_000));

test(`of two workers racing on one store none dispatches what the other did, plain workflows in bursts of ten included (SIMULATION_SEED=${seed})`, {
  timeout: 120_000,
}, async () => {
  const { deliveries, dispatches, completed } = await race(20, 8, seed);
  expect({ deliveries, dispatches, completed }).toEqual({ deliveries: 160, dispatches: 160, completed: 160 });
});
