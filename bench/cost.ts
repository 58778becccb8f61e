import { startLocalAws } from "../harness/local-aws.ts";
import { until } from "../harness/stage.ts";
import {
  BY_ACTIONS,
  callAs,
  DEPLOY,
  deliveriesTo,
  dispatchesTo,
  listeningWorkflow,
  publish,
  sendMessage,
  silent,
  startDispatchedRun,
  startDurableWorld,
  startWorld,
  tokenOf,
  WORKFLOW,
  type World,
  zektOf,
} from "../harness/world.ts";
import { type Figures, figure } from "./support/figures.ts";
import { fairQueuePrice, PRICES_AS_OF, price } from "./support/prices.ts";
import { Tally } from "./support/tally.ts";

/** Events of one measurement: enough for what happens once an hour to count for little, and within a minute's budget. */
const EVENTS = 30;

/** Half of the 62.38 dollars that a million durable deliveries cost when the target was set. */
const HALF = 62.38 / 2;
const NO_DELIVERY = "event that nobody subscribed to";
/** The two whose write units are published by place. */
export const ONE_DELIVERY = "event with one delivery";
export const DURABLE_DELIVERY = "durable delivery, from event to completion";

/** Measures the requests of an event and a durable delivery to DynamoDB, S3 and SQS, and prices them as AWS does. */
export async function cost(say: (line: string) => void): Promise<Figures> {
  const nobody = await ofEvents(NO_DELIVERY, say, { deliveries: 0, message: false });
  const one = await ofEvents(ONE_DELIVERY, say, { deliveries: 1, message: false });
  const more = (what: string): number =>
    (one[`cost: ${ONE_DELIVERY}, ${what}`]?.value ?? 0) -
    (nobody[`cost: ${NO_DELIVERY}, ${what}`]?.value ?? 0);
  const beside = (what: string, atMost: number) =>
    [
      `cost: one delivery beside its event, ${what}`,
      figure({ value: more(what), unit: "requests", atMost }),
    ] as const;
  return {
    ...nobody,
    ...one,
    ...Object.fromEntries([beside("DynamoDB requests", 4), beside("DynamoDB requests that write", 2)]),
    ...(await ofEvents("event with a message, two deliveries", say, { deliveries: 2, message: true })),
    ...(await ofDurable(say)),
  };
}

async function ofEvents(
  name: string,
  say: (line: string) => void,
  { deliveries, message }: { deliveries: number; message: boolean },
): Promise<Figures> {
  const aws = await startLocalAws();
  const world = await startWorld({}, {}, {}, silent, { storage: aws.storage });
  try {
    raiseLimits(world);
    if (deliveries === 0)
      await world.api("acme-dev", "POST", `/subscriptions/${world.subscriptionId}/reject`).catch(async () => {
        await world.api("acme-dev", "POST", `/subscriptions/${world.subscriptionId}/revoke`);
      });
    const arrived = () => dispatchesTo(world, "initech/consumer").length;
    await publish(world, message ? "built" : undefined);
    await world.github.control.idle();
    await quiet();
    const perEvent = arrived();
    if (perEvent !== deliveries) throw new Error(`An event made ${perEvent} deliveries, not ${deliveries}.`);
    const before = arrived();
    const tally = Tally.of(aws.clients);
    for (let n = 0; n < EVENTS; n++) {
      const run = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
      if (message) await sendMessage(world, run.id, "built", { text: "x".repeat(1000), n });
      await world.github.control.completeRun(run.id, "success");
    }
    await until(() => arrived() >= before + EVENTS * perEvent);
    await quiet();
    tally.stop();
    if (arrived() !== before + EVENTS * perEvent) throw new Error("Not every event arrived once.");
    return figuresOf(name, tally, say);
  } finally {
    await world.close();
    await aws.close();
  }
}

/**
 * A durable delivery from its event to its completion: confirmed and completed by its consumer's run. The first run of
 * its workflow's commit is not measured, by which Zekt knows that the next ones confirm.
 */
export async function ofDurable(say: (line: string) => void, events = EVENTS): Promise<Figures> {
  const aws = await startLocalAws();
  const file = listeningWorkflow(["zekt-workflow-completed"], "", BY_ACTIONS);
  const world = await startDurableWorld({}, { [DEPLOY]: file }, aws.storage);
  try {
    raiseLimits(world);
    const dispatches = dispatchesTo(world, "initech/consumer");
    const one = async (n: number): Promise<void> => {
      const before = dispatches.length;
      await publish(world);
      await until(() => dispatches.length > before);
      const { correlationId, deliveryId } = zektOf(dispatches.at(-1));
      const run = await startDispatchedRun(world, "initech/consumer", { title: `Deploy ${n}` });
      const call = async (path: string, body: object): Promise<void> => {
        const { status, text } = await callAs(world, await tokenOf(world, run.id), "POST", path, body);
        if (status !== 200) throw new Error(`${path}: ${status} ${text}`);
      };
      await call("/event-delivery/confirm", { correlationId, deliveryId });
      await call("/event-delivery/complete", { correlationId, deliveryId, success: true });
      await world.github.control.completeRun(run.id, "success");
    };
    await one(0);
    await quiet();
    const tally = Tally.of(aws.clients);
    for (let n = 1; n <= events; n++) await one(n);
    await quiet();
    tally.stop();
    const done = (await deliveriesTo(world, world.consumer)).filter(
      ({ status }) => status === "Completed",
    ).length;
    if (done !== events + 1) throw new Error(`${done} of ${events + 1} deliveries are completed.`);
    return figuresOf(DURABLE_DELIVERY, tally, say, events);
  } finally {
    await world.close();
    await aws.close();
  }
}

function figuresOf(name: string, tally: Tally, say: (line: string) => void, events = EVENTS): Figures {
  const each = (n: number): number => n / events;
  const { writeUnits, readUnits, dynamodb, s3Puts, s3Gets, sqs, bytesOut } = tally;
  const indexUnits = tally.indexes.units;
  const dollars =
    each(writeUnits + indexUnits) * price("dynamodbPerMillionWriteUnits") +
    each(readUnits) * price("dynamodbPerMillionReadUnits") +
    each(sqs) * fairQueuePrice() +
    1000 * (each(s3Puts) * price("s3PerThousandPuts") + each(s3Gets) * price("s3PerThousandGets"));
  say(
    `${name}: ${JSON.stringify(Object.fromEntries([...tally.commands].map(([command, n]) => [command, each(n)])))}`,
  );
  for (const [kind, { requests, units, indexUnits }] of tally.kinds)
    say(
      `${name}: ${kind}: ${[requests, units, indexUnits]
        .map(each)
        .map((n) => n.toFixed(2))
        .join(" ")}`,
    );
  const entry = (what: string, value: number, unit: string, atMost?: number) =>
    [`cost: ${name}, ${what}`, figure({ value, unit, ...(atMost === undefined ? {} : { atMost }) })] as const;
  const isShown = name === ONE_DELIVERY || name === DURABLE_DELIVERY;
  const places = [
    ...[...tally.written].map(([kind, units]) => [`table ${kind}`, units] as const),
    ...[...tally.indexes.byIndex].map(([index, units]) => [`index ${index}`, units] as const),
  ];
  return Object.fromEntries([
    ...(isShown ? places : []).map(
      ([place, units]) =>
        [`write units: ${name}, ${place}`, figure({ value: each(units), unit: "write units" })] as const,
    ),
    entry("DynamoDB writes, to tables", each(writeUnits), "write units"),
    entry("DynamoDB writes, to indexes", each(indexUnits), "write units"),
    entry("DynamoDB reads", each(readUnits), "read units"),
    entry("DynamoDB requests", each(dynamodb), "requests"),
    entry("DynamoDB requests that write", each(tally.writes), "requests"),
    entry("S3 requests", each(s3Puts + s3Gets), "requests"),
    entry("SQS requests, without waiting receives", each(sqs), "requests"),
    entry("bytes sent to AWS", each(bytesOut), "bytes"),
    entry(
      "price of DynamoDB, S3 and SQS",
      dollars,
      `US dollars a million, prices of ${PRICES_AS_OF}`,
      name === DURABLE_DELIVERY ? HALF : undefined,
    ),
  ]);
}

const raiseLimits = (world: World): void =>
  void world.github.control.configure({
    contentPerMinute: 1e9,
    contentPerHour: 1e9,
    pointsPerMinute: 1e9,
    requestsPerHour: 1e9,
  });

/** Waits until what follows a dispatch is written: nothing says when it is. */
const quiet = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1500));
