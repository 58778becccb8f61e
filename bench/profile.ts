import { Field } from "./support/field.ts";
import type { Figures } from "./support/figures.ts";
import { atOnce } from "./support/load.ts";

const EVENTS = 60;

/**
 * Profiles Zekt's process while it carries events to ten consumers each: shares of its time, by package and
 * function.
 */
export async function profile(say: (line: string) => void): Promise<Figures> {
  const field = await Field.open({ fanOuts: [10] });
  try {
    const provider = field.provider(10);
    const entrance = await field.entrance("zekt", provider);
    await atOnce(entrance, provider.example, 2, 2);
    await field.arrivals(20);
    await field.github.call("forget");
    await field.zekt.call("startProfile");
    const cpuBefore = await field.zekt.call("cpuMs");
    const startedAt = Date.now();
    await atOnce(entrance, provider.example, EVENTS, 64);
    await field.arrivals(EVENTS * 10);
    const seconds = (Date.now() - startedAt) / 1000;
    const cpu = (await field.zekt.call("cpuMs")) - cpuBefore;
    for (const line of await field.zekt.call("endProfile")) say(line);
    say(
      `${EVENTS * 10} deliveries in ${seconds.toFixed(1)} s, ${(cpu / EVENTS / 10).toFixed(1)} ms of CPU each`,
    );
    return {};
  } finally {
    await field.close();
  }
}
