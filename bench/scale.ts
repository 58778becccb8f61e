import { BatchWriteCommand, DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import { type LocalAws, startLocalAws } from "../harness/local-aws.ts";
import { until } from "../harness/stage.ts";
import { deliveriesTo, dispatchesTo, publish, silent, startWorld, type World } from "../harness/world.ts";
import { type Figures, figure } from "./support/figures.ts";
import { median } from "./support/stats.ts";
import { Tally } from "./support/tally.ts";

/** The numbers of stored deliveries; `BENCH_SCALE` names others, as in 10000,100000. */
const STEPS = (process.env.BENCH_SCALE ?? "10000,100000,1000000").split(",").map(Number);
const CALLS = 15;
const MONTH = 30 * 24 * 3_600_000;

type Item = Record<string, unknown>;
type Cost = Record<"ms" | "units", number>;

/** Measures writes, health, diagnostics and a list while the stored deliveries of one connection grow. */
export async function scale(say: (line: string) => void): Promise<Figures> {
  const aws = await startLocalAws();
  const world = await startWorld({}, {}, {}, silent, { storage: aws.storage });
  try {
    world.github.control.configure({
      contentPerMinute: 1e9,
      contentPerHour: 1e9,
      pointsPerMinute: 1e9,
      requestsPerHour: 1e9,
    });
    await publish(world);
    await until(async () => (await deliveriesTo(world, world.consumer))[0]?.status === "Dispatched");
    const costs: Record<string, Cost>[] = [];
    let stored = 1;
    for (const step of STEPS) {
      await seed(world, aws, step - stored);
      stored = step;
      costs.push(await measure(world, aws));
      say(`${step} stored: ${JSON.stringify(costs.at(-1))}`);
    }
    return figuresOf(costs);
  } finally {
    await world.close();
    await aws.close();
  }
}

function figuresOf(costs: readonly Record<string, Cost>[]): Figures {
  const [first, last] = [costs[0] ?? {}, costs.at(-1) ?? {}];
  const figures: Figures = {};
  for (const [name, cost] of Object.entries(last)) {
    const before = first[name];
    if (!before) continue;
    const compared = { against: `with ${STEPS[0]} stored`, atMost: 1.1 };
    const title = `scale: ${name} with ${STEPS.at(-1)} deliveries stored`;
    figures[`${title}, capacity`] = figure({
      value: cost.units,
      unit: "units",
      baseline: before.units,
      ...compared,
    });
    figures[`${title}, time`] = figure({ value: cost.ms, unit: "ms", baseline: before.ms, ...compared });
  }
  return figures;
}

async function measure(world: World, aws: LocalAws): Promise<Record<string, Cost>> {
  const { subscriptionId, consumer } = world;
  const read = (path: string) => () => world.api("initech-dev", "GET", path);
  const dispatches = dispatchesTo(world, "initech/consumer");
  return {
    "write (an event to its dispatch)": await costOf(aws, async () => {
      const before = dispatches.length;
      await publish(world);
      await until(() => dispatches.length > before);
    }),
    health: await costOf(aws, read(`/connections/${subscriptionId}/stats`)),
    diagnostics: await costOf(aws, read(`/connections/${subscriptionId}/diagnostics`)),
    "list of deliveries": await costOf(
      aws,
      read(`/deliveries?repository=${consumer}&side=consumer&limit=30`),
    ),
  };
}

/** The median time and the mean capacity of one call. */
async function costOf(aws: LocalAws, call: () => Promise<unknown>): Promise<Cost> {
  await call();
  const tally = Tally.of(aws.clients);
  const ms: number[] = [];
  for (let n = 0; n < CALLS; n++) {
    const startedAt = performance.now();
    await call();
    ms.push(performance.now() - startedAt);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  tally.stop();
  return { ms: median(ms), units: (tally.readUnits + tally.writeUnits) / CALLS };
}

/** Stores copies of a delivery that was really made, a month of them, one in fifty failed. */
async function seed(world: World, aws: LocalAws, count: number): Promise<void> {
  const client = DynamoDBDocumentClient.from(aws.clients.dynamodb);
  const TableName = `${aws.names.tablePrefix}-deliveries`;
  const [delivery] = await deliveriesTo(world, world.consumer);
  const { Item } = await client.send(
    new GetCommand({ TableName, Key: { pk: delivery?.deliveryId, sk: "delivery" } }),
  );
  const original = Item as Item;
  const replace = (item: Item, from: string, to: string): Item =>
    JSON.parse(JSON.stringify(item).replaceAll(from, to)) as Item;
  const now = Date.now();
  const batches = Array.from({ length: Math.ceil(count / 25) }, (_, batch) => batch);
  const write = async (): Promise<void> => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      const requests = Array.from({ length: Math.min(25, count - batch * 25) }, (_, n) => {
        const index = batch * 25 + n;
        const createdAt = new Date(now - ((index + 1) * MONTH) / (count + 1)).toISOString();
        const copy = replace(
          replace(original, original.deliveryId as string, `delivery-${crypto.randomUUID()}`),
          original.createdAt as string,
          createdAt,
        );
        const failed =
          index % 50 === 0
            ? {
                status: "Failed",
                isFinalized: true,
                failure: { stage: "github", kind: "timeout", reason: "GitHub did not answer.", status: null },
              }
            : {};
        return { PutRequest: { Item: { ...copy, ...failed } } };
      });
      await client.send(new BatchWriteCommand({ RequestItems: { [TableName]: requests } }));
    }
  };
  await Promise.all(Array.from({ length: 8 }, write));
}
