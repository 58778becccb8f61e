import { expect, test } from "vitest";
import { randomOf } from "../support/random.ts";
import { differences, fatesOf, live } from "./ends.ts";
import { FLOWS } from "./flows.ts";
import type { Platform } from "./world.ts";

const seed = Number(process.env.SIMULATION_SEED ?? 11);

/** Flows of one run of a test, which the seed picks, and lives of each beside the one without trouble. */
test.each<[Platform, flows: number, lives: number]>([
  ["machine", 4, 2],
  // A life takes several times as long.
  ["aws", 1, 3],
])(
  `wherever a process ends in a flow, or an answer is lost, all becomes true that was promised, on: %s (SIMULATION_SEED=${seed})`,
  {
    timeout: 180_000,
  },
  async (on, picked, lives) => {
    const random = randomOf(seed);
    const pickOf = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)] as T;
    const flows = FLOWS.filter(({ mayDiffer }) => !mayDiffer);
    for (let left = picked; left > 0; left--) {
      const flow = pickOf(flows);
      flows.splice(flows.indexOf(flow), 1);
      const calm = await live(flow, null, on);
      expect(calm.picture.faults, flow.name).toEqual([]);
      for (let rest = lives; rest > 0; rest--) {
        const effect = pickOf(calm.effects);
        const at = calm.effects.indexOf(effect) + 1;
        const fate = pickOf(fatesOf(effect, flow, on));
        const { picture } = await live(flow, { at, fate }, on);
        const where = `${flow.name}: ${fate} at effect ${at}, ${effect.name}`;
        expect(differences(calm.picture, picture), where).toEqual([]);
      }
    }
  },
);
