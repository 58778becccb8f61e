import { type Chart, keepCharts } from "./support/charts.ts";
import { Field } from "./support/field.ts";
import { type Figures, figure } from "./support/figures.ts";
import { atOnce } from "./support/load.ts";

/** The sizes of each measure; `BENCH_GROWTH` divides them, to try the bench itself. */
const PART = Number(process.env.BENCH_GROWTH ?? 1);
const sizes = (...all: number[]): number[] => [...new Set(all.map((size) => Math.ceil(size / PART)))];
const CONSUMERS = sizes(1, 10, 100, 1000);
const REPOSITORIES = sizes(10, 100, 1000, 5000);
const SUBSCRIPTIONS = sizes(100, 1000, 10_000, 100_000);
/** Deliveries of one measurement. */
const DELIVERIES = 1000;
/** The most that a delivery may cost at the largest size of what it costs at the smallest. */
const LINEAR = 1.1;

/** The cost of a delivery: milliseconds of CPU, and the memory of the process in megabytes. */
interface Cost {
  size: number;
  cpuMs: number;
  memory: number;
}

/** Measures what a delivery costs while consumers of one event, repositories of an installation, or subscriptions grow. */
export async function growth(say: (line: string) => void): Promise<Figures> {
  const measures = [
    { name: "consumers", title: "consumers of one event", costs: await consumers(say) },
    { name: "repositories", title: "repositories in one installation", costs: await repositories(say) },
    { name: "subscriptions", title: "subscriptions stored", costs: await subscriptions(say) },
  ];
  keepCharts(measures.flatMap(chartsOf));
  return Object.assign({}, ...measures.map(figuresOf)) as Figures;
}

async function consumers(say: (line: string) => void): Promise<Cost[]> {
  const field = await Field.open({ fanOuts: CONSUMERS });
  try {
    const costs: Cost[] = [];
    for (const size of CONSUMERS) costs.push(await costOf(field, size, size));
    for (const cost of costs) say(`consumers: ${JSON.stringify(cost)}`);
    return costs;
  } finally {
    await field.close();
  }
}

async function repositories(say: (line: string) => void): Promise<Cost[]> {
  const costs: Cost[] = [];
  for (const size of REPOSITORIES) {
    const field = await Field.open({ fanOuts: [1], repositories: size });
    try {
      costs.push(await costOf(field, 1, size));
      say(`repositories: ${JSON.stringify(costs.at(-1))}`);
    } finally {
      await field.close();
    }
  }
  return costs;
}

async function subscriptions(say: (line: string) => void): Promise<Cost[]> {
  const field = await Field.open({ fanOuts: [1] });
  try {
    const costs: Cost[] = [];
    let stored = 1;
    for (const size of SUBSCRIPTIONS) {
      await field.zekt.call("addSubscriptions", field.provider(1).subscriptionIds[0] ?? "", size - stored);
      stored = size;
      costs.push(await costOf(field, 1, size));
      say(`subscriptions: ${JSON.stringify(costs.at(-1))}`);
    }
    return costs;
  } finally {
    await field.close();
  }
}

/** Carries a thousand deliveries at a fan-out; the first hundred, in which code and tokens are loaded, do not count. */
async function costOf(field: Field, fanOut: number, size: number): Promise<Cost> {
  const provider = field.provider(fanOut);
  const entrance = await field.entrance("zekt", provider);
  const carry = async (deliveries: number): Promise<number> => {
    const events = Math.ceil(deliveries / fanOut);
    await field.github.call("forget");
    await atOnce(entrance, provider.example, events, 16);
    await field.arrivals(events * fanOut);
    return events * fanOut;
  };
  await carry(100);
  const before = await field.zekt.call("cpuMs");
  const carried = await carry(DELIVERIES);
  const cpuMs = ((await field.zekt.call("cpuMs")) - before) / carried;
  return { size, cpuMs, memory: (await field.zekt.call("memory")) / 1024 / 1024 };
}

interface Measure {
  name: string;
  title: string;
  costs: Cost[];
}

function figuresOf({ title, costs }: Measure): Figures {
  const [first, last] = [costs[0] as Cost, costs.at(-1) as Cost];
  const against = `with ${first.size}`;
  const at = `growth: ${last.size} ${title}`;
  return {
    [`${at}, CPU a delivery`]: figure({
      value: last.cpuMs,
      unit: "ms",
      baseline: first.cpuMs,
      against,
      atMost: LINEAR,
    }),
    [`${at}, memory of the server`]: figure({
      value: last.memory,
      unit: "MB",
      baseline: first.memory,
      against,
    }),
  };
}

const chartsOf = ({ name, title, costs }: Measure): Chart[] => [
  {
    name: `growth-cpu-${name}`,
    title: `CPU a delivery, by ${title}`,
    x: title,
    y: "ms",
    isLogarithmic: true,
    lines: [{ name: "CPU a delivery", points: costs.map(({ size, cpuMs }) => [size, cpuMs]) }],
  },
  {
    name: `growth-memory-${name}`,
    title: `Memory of the server, by ${title}`,
    x: title,
    y: "MB",
    isLogarithmic: true,
    lines: [{ name: "resident memory", points: costs.map(({ size, memory }) => [size, memory]) }],
  },
];
