import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Dispatch } from "../../fake-github/state.ts";
import { startLocalAws } from "../../harness/local-aws.ts";
import { awsSettings } from "../../harness/process-options.ts";
import { DEPLOY, listeningWorkflow, WORKFLOW, workflowFile } from "../../harness/world.ts";
import { MASTER_KEY, until, ZektProcess } from "../../harness/zekt-process.ts";
import { randomOf } from "../support/random.ts";
import { FollowedRuns, RUN_NAME } from "./followed-runs.ts";
import { GitHubWeather } from "./github-weather.ts";
import { type Happened, MESSAGE_TYPE } from "./happened.ts";
import { CONSUMERS, FOLLOWED, isWhole, judge, judgeLog, type Listed, OUTSIDER } from "./judge.ts";
import type { SKIES } from "./weather.ts";
import { WorkflowSteps } from "./workflow-steps.ts";

const WORKER = [
  "--import",
  new URL("./full-disk.ts", import.meta.url).href,
  fileURLToPath(new URL("./zekt.worker.ts", import.meta.url)),
];
/**
 * Zekt's own time at the end, ahead of the real one, in milliseconds: what waits for a later moment is due by then. The
 * second half is for a busy machine, on which a moment may end with attempts under way: those are due minutes later.
 */
const LATER = [10, 20, 70, 75, 300, 305, 840, 845, 850, 860, 875, 890, 905, 920, 935, 950].map(
  (minutes) => minutes * 60_000,
);
/** The time without a change after which nothing is taken to be under way, in milliseconds. */
const UNCHANGED = 1000;
/** The longest time that Zekt takes to start, in milliseconds: the weather lasts until its seconds are over. */
const STARTING = 5_000;
/** Starts of Zekt that a full disk may end, one after the other. */
const MOST_STARTS = 5;
/** The same where nothing but clocks goes wrong: all is to be delivered within minutes. */
const SOON = [3, 6, 9, 12, 15, 18].map((minutes) => minutes * 60_000);
const DURABLE = { confirmWithin: 86_400, completeWithin: 86_400, maxAttempts: 8, retryOnFailure: false };

export interface Weather {
  seconds: number;
  seed: number;
  /** Everything goes wrong, or clocks jump and the process is killed. */
  sky?: keyof typeof SKIES;
  /** The way in which the clock jumps by a day; the seed says unless given. */
  side?: "ahead" | "behind";
  /** The adapter of the store. */
  store?: "sqlite" | "aws";
}

export interface Outcome {
  seed: number;
  /** Events that GitHub was answered 2xx for, and those it was not. */
  accepted: number;
  refused: number;
  /** Messages that Zekt said it stored. */
  messages: number;
  /** Deliveries that a consumer's run confirmed and completed. */
  completed: number;
  kills: number;
  dispatches: number;
  /** Dispatches that came again, each of which said that it may be a duplicate. */
  repeated: number;
  /** Deliveries that nobody can know of whether they arrived, or that GitHub refused: recorded as such. */
  recorded: number;
  /** Deliveries of whose runs GitHub started no job, and which say so. */
  unstarted: number;
  /** Spells of GitHub's own bad weather, by kind. */
  weather: Record<string, number>;
}

/**
 * Starts both sides. acme/repo offers its workflow to initech/repo and vandelay/repo, durably, and to hooli/repo, as by
 * default. The owner umbrella asks for it as well, and is never answered.
 */
async function start(settings: Record<string, string>) {
  const deps = await ZektProcess.start(settings, WORKER);
  const { control, world } = deps.github;
  const files = { [WORKFLOW]: workflowFile("Release") };
  const provider = await deps.bringOn("acme", files);
  await deps.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
  await control.idle();
  await deps.api("acme-dev", "PUT", `/repositories/${provider}/workflows/${encodeURIComponent(WORKFLOW)}`);
  const service = { slug: "s", workflow: WORKFLOW, visibility: "public" };
  const { serviceId } = await deps.api("acme-dev", "POST", `/repositories/${provider}/services`, service);
  for (const login of [...CONSUMERS, OUTSIDER].map((one) => one.split("/")[0] as string)) {
    const types = ["zekt-workflow-completed", MESSAGE_TYPE];
    const isFollowed = FOLLOWED.startsWith(login);
    const file = listeningWorkflow(types, isFollowed ? RUN_NAME : "");
    const consumer = await deps.bringOn(login, { [DEPLOY]: file });
    const durable = login === "initech" || isFollowed;
    await deps.api(`${login}-dev`, "PATCH", `/repositories/${consumer}`, {
      consumer: true,
      ...(durable ? { tracking: true } : {}),
    });
    const { subscriptionId } = await deps.api(
      `${login}-dev`,
      "POST",
      `/repositories/${consumer}/subscriptions`,
      {
        service: serviceId,
        ...(durable ? { durable: DURABLE } : {}),
      },
    );
    if (OUTSIDER.startsWith(login)) continue;
    await deps.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  }
  world.settings.latencyMs = 20;
  Object.assign(world.settings, {
    contentPerMinute: 1e9,
    contentPerHour: 1e9,
    pointsPerMinute: 1e9,
    requestsPerHour: 1e9,
  });
  return { deps, provider };
}

/**
 * Makes everything go wrong for some seconds of Zekt's that can. There are kills, a full disk, and a store that
 * throttles and loses answers. Queues repeat, delay and forget; the clock jumps; GitHub fails, cuts, limits and is
 * unkind, and a proxy answers in its place. The workflows' steps send, confirm and complete meanwhile. Then lets the sky clear, and checks the design's invariants.
 *
 * @throws Error naming the invariant that does not hold, and the seed
 */
export async function chaos({
  seconds,
  seed,
  sky = "all",
  store = "sqlite",
  side,
}: Weather): Promise<Outcome> {
  const random = randomOf(seed);
  const jumps = side ?? (random() < 0.5 ? "ahead" : "behind");
  const aws = store === "aws" ? await startLocalAws() : null;
  const folder = mkdtempSync(join(tmpdir(), "zekt-chaos-"));
  const logFile = join(folder, "zekt.log");
  const { deps, provider } = await start({
    CHAOS_LOG: logFile,
    CHAOS_SEED: String(seed),
    CHAOS_UNTIL: "0",
    CHAOS_CLOCK: "0",
    CHAOS_SKY: sky,
    CHAOS_SIDE: jumps,
    ...(aws ? awsSettings(aws) : {}),
    ZEKT_DISPATCHES_PER_MINUTE: "100000",
    ZEKT_DISPATCHES_PER_HOUR: "100000",
    // An hour has more events of one workflow here than a chain that is no loop has anywhere.
    ZEKT_BREAKER_LIMIT: "1000000",
  });
  const { control, faults } = deps.github;
  const happened: Happened = {
    seed,
    all: new Set(),
    accepted: new Set(),
    messages: new Map(),
    completed: new Set(),
    silent: new Set(),
    secrets: secretsOf(deps),
  };
  const { accepted, all } = happened;
  const steps = new WorkflowSteps(deps, happened);
  const followed = new FollowedRuns(deps);
  // Of a seed of its own: which weather follows which does not depend on what else happens.
  const weather = new GitHubWeather(deps, happened, randomOf(seed + 1));
  let kills = 0;
  try {
    // Counted while Zekt is up: the time that a start takes is the machine's affair.
    let left = seconds * 1000;
    const storm = async (): Promise<void> => {
      await deps.kill();
      for (let tries = 1; ; tries++) {
        kills += 1;
        try {
          return await deps.restart({
            CHAOS_SEED: String(seed + kills),
            CHAOS_UNTIL: String(Date.now() + left + STARTING),
          });
        } catch (error) {
          // A disk that is full ends a start, too; anyone who runs Zekt tries again.
          if (!deps.ended || tries === MOST_STARTS) throw error;
        }
      }
    };
    const event = async (): Promise<void> => {
      const { id } = await control.startRun({ repository: "acme/repo", workflow: WORKFLOW });
      all.add(String(id));
      // A message comes before its run's end or after it, and neither waits for the other.
      const sending = random() < 0.3 ? steps.send(control.parts.runs.find(id)) : null;
      const [sent] = await control.completeRun(id, "success");
      if (sent?.statusCode === 202) accepted.add(String(id));
      // GitHub sends it again when it is asked to, whatever came of it.
      if (sent && random() < 0.2) {
        const again = await control.redeliver(sent.id);
        if (again.statusCode === 202) accepted.add(String(id));
      }
      await sending;
    };
    const arrived = control.repository("initech/repo").dispatches;
    let seen = 0;
    await storm();
    const events: Promise<void>[] = [];
    while (left > 0) {
      const since = Date.now();
      for (let n = Math.ceil(random() * 3); n > 0; n--) events.push(event());
      for (; seen < arrived.length; seen++)
        if (random() < 0.4) events.push(steps.redeem(arrived[seen] as Dispatch));
      events.push(followed.advance());
      if (sky === "all") weather.change();
      if (sky === "all" && random() < 0.15) brownOut(faults, random);
      if (random() < 0.1) faults.clear();
      await wait(random() * 250);
      left -= Date.now() - since;
      // A disk that fails ends Zekt; whoever runs it starts it again.
      if (deps.ended || random() < 0.03) await storm();
    }
    faults.clear();
    weather.clear();
    // Steps still try.
    if (deps.ended) await deps.restart({ CHAOS_UNTIL: "0" });
    await Promise.all(events);
    await settle(deps, provider, happened, followed, sky === "clock" ? SOON : LATER);
    // What came late is redeemed under a clear sky, so that there is always some of it.
    await Promise.all(arrived.slice(seen).map((one) => (random() < 0.4 ? steps.redeem(one) : null)));
    const { listed, reasons } = await listAtRest(deps, provider);
    const judged = judge(deps, listed, reasons, happened);
    followed.judge(listed, happened);
    weather.rememberTokens();
    judgeLog(readFileSync(logFile, "utf8"), happened);
    return {
      seed,
      kills,
      accepted: accepted.size,
      refused: all.size - accepted.size,
      messages: [...happened.messages.values()].filter((sent) => sent === "stored").length,
      completed: happened.completed.size,
      unstarted: followed.unstarted,
      weather: Object.fromEntries(weather.seen),
      ...judged,
    };
  } finally {
    await deps.close();
    await aws?.close();
    rmSync(folder, { recursive: true });
  }
}

/** Returns the secrets that Zekt was given. */
function secretsOf(deps: ZektProcess): Map<string, string> {
  const [app] = deps.github.world.apps.values();
  return new Map([
    [MASTER_KEY, "the master key"],
    [app?.hook.secret as string, "the App's webhook secret"],
    [app?.clientSecret as string, "the App's client secret"],
    ...deps.github.control
      .repository("acme/repo")
      .hooks.map(({ secret }) => [secret as string, "a webhook's secret"] as const),
  ]);
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

/** Brings Zekt to rest under a clear sky, and in its own time hours later; answers every delivery. */
async function settle(
  deps: ZektProcess,
  provider: string,
  happened: Happened,
  followed: FollowedRuns,
  later: readonly number[],
): Promise<void> {
  let passed = 0;
  let seen = { text: "", at: 0 };
  /** Returns whether Zekt is at rest, or nothing has changed for a while, and all that is left waits for later. */
  const isDone = async (): Promise<"rested" | "waiting" | null> => {
    await followed.advance();
    const listed = await list(deps, provider);
    const runs = Map.groupBy(listed, ({ correlationId }) => correlationId);
    if (![...happened.accepted].every((id) => isWhole(happened, id, runs.get(id)?.length ?? 0))) return null;
    if (listed.every(({ status }) => status !== "Pending") && followed.areTold(listed)) return "rested";
    const text = JSON.stringify(listed);
    if (text !== seen.text) seen = { text, at: Date.now() };
    const now = new Date(Date.now() + passed).toISOString();
    const isLater = listed.every(({ status, next }) => (next ? next.at > now : status !== "Pending"));
    return isLater && Date.now() - seen.at > UNCHANGED ? "waiting" : null;
  };
  for (const offset of later) {
    await deps.kill();
    // GitHub's time passes as well: Zekt goes by it.
    deps.github.control.advanceClock(offset - passed);
    passed = offset;
    await deps.restart({ CHAOS_UNTIL: "0", CHAOS_CLOCK: String(offset) });
    let done: "rested" | "waiting" | null = null;
    // A list of all deliveries costs as much as some of them; asked for more often, it alone would keep AWS's store busy.
    const isLast = offset === later.at(-1);
    const look = async (): Promise<boolean> => {
      done = await isDone();
      return done === "rested" || (done === "waiting" && !isLast);
    };
    await until(look, isLast ? 30_000 : 6_000, 250).catch(() => {});
    // What is still to come waits for a later moment.
    if (done === "rested") break;
  }
}

/** Every delivery once nothing is dispatched any more: what was refused and stored all the same comes late. */
async function listAtRest(
  deps: ZektProcess,
  provider: string,
): Promise<{ listed: Listed[]; reasons: Map<string, string> }> {
  const dispatched = (): number =>
    CONSUMERS.reduce((sum, one) => sum + deps.github.control.repository(one).dispatches.length, 0);
  for (;;) {
    const before = dispatched();
    await wait(1500);
    const listed = await list(deps, provider);
    const reasons = await unknownEnds(deps, listed);
    if (dispatched() === before) return { listed, reasons };
  }
}

/** Reads the reasons, which the consumer alone is shown, of durable deliveries whose end nobody knows. */
async function unknownEnds(deps: ZektProcess, listed: readonly Listed[]): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  for (const { deliveryId, durable, failure, consumer } of listed) {
    if (!durable || failure?.stage !== "conclusion") continue;
    const of = `/deliveries/${deliveryId}`;
    const user = `${consumer.fullName?.split("/", 1)[0]}-dev`;
    const seen = await deps.api<{ failure: { reason: string | null } }>(user, "GET", of);
    reasons.set(deliveryId, seen.failure.reason ?? "");
  }
  return reasons;
}

async function list(deps: ZektProcess, provider: string): Promise<Listed[]> {
  const listed: Listed[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const path: string = `/deliveries?repository=${provider}&side=provider&limit=100${cursor ? `&cursor=${cursor}` : ""}`;
    const page: { items: Listed[]; cursor: string | null } = await deps.api("acme-dev", "GET", path);
    listed.push(...page.items);
    cursor = page.cursor;
  }
  return listed;
}
