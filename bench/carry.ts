import { Field } from "./support/field.ts";
import { atOnce } from "./support/load.ts";

/*
 * Carries 1,200 deliveries at one fan-out and prints their time and CPU as JSON. `earlier.ts` runs it in two
 * checkouts, so it uses nothing that an earlier version lacks.
 */

const DELIVERIES = 1200;
const fanOut = Number(process.argv[2]) as 1 | 10 | 100;
const events = Math.round(DELIVERIES / fanOut);

const field = await Field.open({ fanOuts: [fanOut] });
const provider = field.provider(fanOut);
const entrance = await field.entrance("zekt", provider);
await atOnce(entrance, provider.example, 2, 2);
await field.arrivals(2 * fanOut);
await field.github.call("forget");
const cpuBefore = await field.zekt.call("cpuMs");
const startedAt = Date.now();
await atOnce(entrance, provider.example, events, 64);
await field.arrivals(events * fanOut);
const seconds = (Date.now() - startedAt) / 1000;
const cpuMs = (await field.zekt.call("cpuMs")) - cpuBefore;
await field.close();
const count = events * fanOut;
process.stdout.write(`${JSON.stringify({ perSecond: count / seconds, cpuMs: cpuMs / count })}\n`);
process.exit(0);
