import { expect, test } from "vitest";
import { randomOf } from "../support/random.ts";
import { differences, FATES, live } from "./ends.ts";
import { FLOWS } from "./flows.ts";

const seed = Number(process.env.SIMULATION_SEED ?? 11);
/** Flows of one run of this test, which the seed picks, and lives of each beside the one without trouble. */
const PICKED = 4;
const LIVES = 2;

test(`wherever a process ends in a flow, or an answer is lost, all becomes true that was promised (SIMULATION_SEED=${seed})`, {
  timeout: 180_000,
}, async () => {
  const random = randomOf(seed);
  const flows = FLOWS.filter(({ mayDiffer }) => !mayDiffer);
  for (let picked = 0; picked < PICKED; picked++) {
    const [flow] = flows.splice(Math.floor(random() * flows.length), 1);
    if (!flow) break;
    const calm = await live(flow, null);
    expect(calm.picture.faults, flow.name).toEqual([]);
    for (let lives = 0; lives < LIVES; lives++) {
      const at = 1 + Math.floor(random() * calm.effects.length);
      const fate = FATES[Math.floor(random() * FATES.length)] ?? "end-after";
      const { picture } = await live(flow, { at, fate });
      const where = `${flow.name}: ${fate} at effect ${at}, ${calm.effects[at - 1]}`;
      expect(differences(calm.picture, picture), where).toEqual([]);
    }
  }
});
