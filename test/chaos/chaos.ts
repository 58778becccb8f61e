import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { DEPLOY, listeningWorkflow, WORKFLOW, workflowFile, zektOf } from "../support/world.ts";
import { until, ZektProcess } from "../support/zekt-process.ts";
import { randomOf } from "./random.ts";

const WORKER = [
  "--import",
  new URL("./full-disk.ts", import.meta.url).href,
  fileURLToPath(new URL("./zekt.worker.ts", import.meta.url)),
];
/** Zekt's own time at the end, ahead of the real one, in milliseconds: what waits for a later moment is due by then. */
const LATER = [10 * 60_000, 70 * 60_000, 5 * 3_600_000, 14 * 3_600_000];
const DURABLE = { confirmWithin: 86_400, completeWithin: 86_400, maxAttempts: 8, retryOnFailure: false };

export interface Outcome {
  seed: number;
  /** Events that GitHub was answered 2xx for, and those it was not. */
  accepted: number;
  refused: number;
  kills: number;
  dispatches: number;
  /** Dispatches that came again, each of which said that it may be a duplicate. */
  repeated: number;
  /** Deliveries that nobody can know of whether they arrived, or that GitHub refused: recorded as such. */
  recorded: number;
}

interface Listed {
  deliveryId: string;
  correlationId: string;
  status: string;
  isFinalized: boolean;
  consumer: { fullName: string | null };
  attempts: { outcome: string; possibleDuplicate: boolean }[];
}

/** Whether a delivery says that it did not arrive, or that nobody knows whether it did. */
const saysSo = ({ status, attempts }: Listed): boolean =>
  status === "Failed" || (status === "Dispatched" && attempts.at(-1)?.outcome === "unknown");

const check = (holds: boolean, seed: number, what: string): void => {
  if (!holds) throw new Error(`${what} (seed ${seed})`);
};

/** Starts both sides: acme/repo offers its workflow to initech/repo, durably, and to hooli/repo, as by default. */
async function start(settings: Record<string, string>) {
  const zekt = await ZektProcess.start(settings, WORKER);
  const { control, world } = zekt.github;
  const files = { [WORKFLOW]: workflowFile("Release") };
  const provider = await zekt.bringOn("acme", files);
  await zekt.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
  await control.idle();
  await zekt.api("acme-dev", "PUT", `/repositories/${provider}/workflows/${encodeURIComponent(WORKFLOW)}`);
  const service = { slug: "s", workflow: WORKFLOW, visibility: "public" };
  const { serviceId } = await zekt.api("acme-dev", "POST", `/repositories/${provider}/services`, service);
  for (const login of ["initech", "hooli"]) {
    const consumer = await zekt.bringOn(login, { [DEPLOY]: listeningWorkflow(["zekt-workflow-completed"]) });
    const durable = login === "initech";
    await zekt.api(`${login}-dev`, "PATCH", `/repositories/${consumer}`, {
      consumer: true,
      ...(durable ? { tracking: true } : {}),
    });
    const { subscriptionId } = await zekt.api(
      `${login}-dev`,
      "POST",
      `/repositories/${consumer}/subscriptions`,
      {
        service: serviceId,
        ...(durable ? { durable: DURABLE } : {}),
      },
    );
    await zekt.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  }
  world.settings.latencyMs = 20;
  Object.assign(world.settings, {
    contentPerMinute: 1e9,
    contentPerHour: 1e9,
    pointsPerMinute: 1e9,
    requestsPerHour: 1e9,
  });
  return { zekt, provider };
}

const CONSUMERS = ["initech/repo", "hooli/repo"];

/**
 * Has everything go wrong for some seconds that can: kills, a full disk, DynamoDB throttling and losing
 * its answers, SQS repeating, the clock jumping, GitHub failing, cutting and limiting. Then lets the sky
 * clear, and checks the design's invariants.
 *
 * @throws Error naming the invariant that does not hold, and the seed
 */
export async function chaos({ seconds, seed }: { seconds: number; seed: number }): Promise<Outcome> {
  const random = randomOf(seed);
  const { zekt, provider } = await start({
    CHAOS_SEED: String(seed),
    CHAOS_UNTIL: "0",
    CHAOS_CLOCK: "0",
    ZEKT_DISPATCHES_PER_MINUTE: "100000",
    ZEKT_DISPATCHES_PER_HOUR: "100000",
  });
  const { control, faults } = zekt.github;
  const accepted = new Set<string>();
  const all = new Set<string>();
  let kills = 0;
  try {
    const end = Date.now() + seconds * 1000;
    const storm = async (): Promise<void> => {
      kills += 1;
      await zekt.kill();
      await zekt.restart({ CHAOS_SEED: String(seed + kills), CHAOS_UNTIL: String(end) });
    };
    const event = async (): Promise<void> => {
      const { id } = await control.startRun({ repository: "acme/repo", workflow: WORKFLOW });
      all.add(String(id));
      const [sent] = await control.completeRun(id, "success");
      if (sent?.statusCode === 202) accepted.add(String(id));
      // GitHub sends it again when it is asked to, whatever came of it.
      if (sent && random() < 0.2) {
        const again = await control.redeliver(sent.id);
        if (again.statusCode === 202) accepted.add(String(id));
      }
    };
    await storm();
    const events: Promise<void>[] = [];
    while (Date.now() < end) {
      for (let n = Math.ceil(random() * 3); n > 0; n--) events.push(event());
      if (random() < 0.15) brownOut(faults, random);
      if (random() < 0.1) faults.clear();
      await wait(random() * 250);
      // A full disk ends the embedded store, and Zekt with it; whoever runs it starts it again.
      if (zekt.ended || random() < 0.06) await storm();
    }
    faults.clear();
    await Promise.all(events);
    await settle(zekt, provider, accepted);
    const listed = await listAtRest(zekt, provider);
    return {
      seed,
      kills,
      accepted: accepted.size,
      refused: all.size - accepted.size,
      ...judge(zekt, listed, accepted, all, seed),
    };
  } finally {
    await zekt.close();
  }
}

/** GitHub fails, cuts connections before or after it did what was asked, is slow, or asks to wait. */
function brownOut(faults: ZektProcess["github"]["faults"], random: () => number): void {
  const count = Math.ceil(random() * 5);
  const kinds = [
    { status: 500 + Math.floor(random() * 5) },
    { drop: "before" as const },
    { drop: "after" as const },
    { latency_ms: random() * 800 },
    { rate_limit: "secondary" as const, headers: { "retry-after": "1" } },
  ];
  faults.add({ target: "api", count, ...kinds[Math.floor(random() * kinds.length)] });
  if (random() < 0.3) faults.add({ target: "webhook", count: 1, drop: random() < 0.5 ? "before" : "after" });
}

/** Lets Zekt come to rest under a clear sky, and in its own time hours later; answers every delivery. */
async function settle(zekt: ZektProcess, provider: string, accepted: ReadonlySet<string>): Promise<void> {
  const rested = async (): Promise<boolean> => {
    const listed = await list(zekt, provider);
    const runs = Map.groupBy(listed, ({ correlationId }) => correlationId);
    return (
      [...accepted].every((id) => runs.get(id)?.length === 2) &&
      listed.every(({ status }) => status !== "Pending")
    );
  };
  for (const offset of LATER) {
    await zekt.kill();
    await zekt.restart({ CHAOS_UNTIL: "0", CHAOS_CLOCK: String(offset) });
    try {
      await until(rested, offset === LATER.at(-1) ? 30_000 : 6_000);
      break;
    } catch {
      // What is still to come waits for a later moment.
    }
  }
}

/** Every delivery once nothing is dispatched any more: what was refused and stored all the same comes late. */
async function listAtRest(zekt: ZektProcess, provider: string): Promise<Listed[]> {
  const dispatched = (): number =>
    CONSUMERS.reduce((sum, one) => sum + zekt.github.control.repository(one).dispatches.length, 0);
  for (;;) {
    const before = dispatched();
    await wait(1500);
    const listed = await list(zekt, provider);
    if (dispatched() === before) return listed;
  }
}

async function list(zekt: ZektProcess, provider: string): Promise<Listed[]> {
  const listed: Listed[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const path: string = `/deliveries?repository=${provider}&side=provider&limit=100${cursor ? `&cursor=${cursor}` : ""}`;
    const page: { items: Listed[]; cursor: string | null } = await zekt.api("acme-dev", "GET", path);
    listed.push(...page.items);
    cursor = page.cursor;
  }
  return listed;
}

function judge(
  zekt: ZektProcess,
  listed: readonly Listed[],
  accepted: ReadonlySet<string>,
  all: ReadonlySet<string>,
  seed: number,
) {
  const { control } = zekt.github;
  const runs = Map.groupBy(listed, ({ correlationId }) => correlationId);
  for (const id of accepted)
    check(
      runs.get(id)?.length === 2,
      seed,
      `Run ${id} was accepted, and has ${runs.get(id)?.length ?? 0} deliveries instead of 2`,
    );
  for (const id of runs.keys())
    check(
      all.has(id) && runs.get(id)?.length === 2,
      seed,
      `Run ${id} has ${runs.get(id)?.length} deliveries`,
    );
  let repeated = 0;
  let recorded = 0;
  let dispatches = 0;
  for (const consumer of CONSUMERS) {
    const received = control.repository(consumer).dispatches.map(zektOf);
    dispatches += received.length;
    const byRun = Map.groupBy(received, ({ correlationId }) => correlationId as string);
    for (const [id, arrived] of byRun) {
      check(runs.has(id), seed, `${consumer} received run ${id}, of which nothing is stored`);
      check(
        new Set(arrived.map(({ deliveryId }) => deliveryId)).size === 1,
        seed,
        `${consumer} received run ${id} as two deliveries`,
      );
      // One that was on its way when Zekt was killed may arrive after the one that was sent again.
      const unsaid = arrived.filter(({ possibleDuplicate }) => possibleDuplicate !== true);
      check(
        unsaid.length <= 1,
        seed,
        `${consumer} received run ${id} twice, and was not told so: attempts ${arrived.map(({ attempt }) => attempt)}`,
      );
      repeated += arrived.length - 1;
    }
    for (const id of accepted) {
      if (byRun.has(id)) continue;
      // Only what is not durable may end without an arrival, and then it says so.
      const one = runs.get(id)?.find((delivery) => delivery.consumer.fullName === consumer);
      check(
        consumer === "hooli/repo" && one !== undefined && saysSo(one),
        seed,
        `${consumer} never received run ${id}, though it was accepted: ${JSON.stringify(one)}`,
      );
      recorded += 1;
    }
  }
  return { dispatches, repeated, recorded };
}
