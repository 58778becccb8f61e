import { afterAll, beforeAll, expect, test } from "vitest";
import { MINUTE } from "../../../app/domain/clock.ts";
import type { Dispatch } from "../../../fake-github/state.ts";
import {
  DEPLOY,
  DURABLE,
  listeningWorkflow,
  WORKFLOW,
  workflowFile,
  zektOf,
} from "../../../harness/world.ts";
import { ZektProcess } from "../../../harness/zekt-process.ts";

/*
 * 500 durable deliveries to 20 consumers; DURABLE_EVENTS=100 makes it 2,000. Meanwhile GitHub answers with errors,
 * limits and silence and cuts connections, and Zekt is killed and restarted five times. What waits for minutes then is
 * due at once: Zekt is killed again and started some minutes later, by its own clock and GitHub's. In the end every
 * delivery has ended, each consumer has confirmed exactly what was sent to it, and whatever came twice was told so.
 */

const CONSUMERS = 20;
const EVENTS = Number(process.env.DURABLE_EVENTS ?? 25);
/** The time in which the events come, in milliseconds: the first kills fall into it. */
const PUBLISHED_WITHIN = 10_000;
const KILLS = 5;

let deps: ZektProcess;
const consumers: string[] = [];

beforeAll(async () => {
  deps = await ZektProcess.start();
  const { control } = deps.github;
  const acme = await deps.bringOn("acme", { [WORKFLOW]: workflowFile("Release") });
  await deps.api("acme-dev", "PATCH", `/repositories/${acme}`, { provider: true });
  await control.idle();
  await deps.api("acme-dev", "PUT", `/repositories/${acme}/workflows/${encodeURIComponent(WORKFLOW)}`);
  const service = { slug: "s", workflow: WORKFLOW, visibility: "public" };
  const { serviceId } = await deps.api("acme-dev", "POST", `/repositories/${acme}/services`, service);
  for (let n = 0; n < CONSUMERS; n++) {
    const login = `consumer-${n}`;
    consumers.push(login);
    const id = await deps.bringOn(login, { [DEPLOY]: listeningWorkflow(["zekt-workflow-completed"]) });
    await deps.api(`${login}-dev`, "PATCH", `/repositories/${id}`, { consumer: true, tracking: true });
    const { subscriptionId } = await deps.api(`${login}-dev`, "POST", `/repositories/${id}/subscriptions`, {
      service: serviceId,
      durable: DURABLE,
    });
    await deps.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
    // From here on the consumers' own calls alone tell how it goes.
    await deps.api(`${login}-dev`, "PATCH", `/repositories/${id}`, {
      tracking: false,
      durableSubscriptions: "keep",
    });
  }
  await control.idle();
}, 120_000);
afterAll(() => deps.close());

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The answers that the consumers' runs got. */
const told = {
  /** By consumer, the deliveries its runs took on as their own. */
  confirmed: new Map<string, Set<string>>(),
  duplicates: 0,
  /** Deliveries that two runs of a workflow were both told to own. */
  twice: [] as string[],
};

/** Calls a step's endpoint as the action does: again for as long as Zekt is away. */
async function callAs(runId: number, path: string, body: object): Promise<Record<string, unknown>> {
  const { runs, oidc } = deps.github.control.parts;
  for (;;) {
    const run = runs.find(runId);
    const token = await oidc.sign(oidc.claims(run, runs.latest(run).attempt), deps.url);
    const answer = await fetch(`${deps.url}/api${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    })
      .then(async (response) => ({ status: response.status, json: await response.json() }))
      // A kill may cut an answer short as well.
      .catch(() => null);
    if (answer && answer.status < 500 && answer.status !== 429) return answer.json as Record<string, unknown>;
    await pause(200);
  }
}

/** A consumer's run, from the dispatch that started it to its end. */
async function react(login: string, dispatch: Dispatch): Promise<void> {
  const { control } = deps.github;
  const { parts } = control;
  const bot = [...parts.world.accounts.values()].find((account) => account.login === `${deps.appSlug}[bot]`);
  const run = await parts.runs.start({
    repository: control.repository(`${login}/repo`),
    workflow: DEPLOY,
    event: "repository_dispatch",
    ...(bot ? { actor: bot } : {}),
  });
  const { deliveryId, correlationId } = zektOf(dispatch) as { deliveryId: string; correlationId: string };
  const { duplicate } = await callAs(run.id, "/event-delivery/confirm", { correlationId, deliveryId });
  if (duplicate) told.duplicates += 1;
  else {
    const own = told.confirmed.get(login) ?? new Set();
    if (own.has(deliveryId)) told.twice.push(deliveryId);
    told.confirmed.set(login, own.add(deliveryId));
    await callAs(run.id, "/event-delivery/complete", { correlationId, deliveryId, success: true });
  }
  await control.completeRun(run.id, "success");
}

/** Makes every consumer react to whatever comes, until told to stop. */
function reactToAll(): { stop(): Promise<void> } {
  const seen = new Map<string, number>();
  const tasks: Promise<void>[] = [];
  const look = () => {
    for (const login of consumers) {
      const { dispatches } = deps.github.control.repository(`${login}/repo`);
      for (const dispatch of dispatches.slice(seen.get(login) ?? 0)) tasks.push(react(login, dispatch));
      seen.set(login, dispatches.length);
    }
  };
  const timer = setInterval(look, 50);
  return {
    async stop() {
      clearInterval(timer);
      await Promise.all(tasks);
    },
  };
}

/** Every delivery to a consumer, as its people see it. */
async function deliveriesOf(login: string): Promise<Record<string, unknown>[]> {
  const id = deps.github.control.repository(`${login}/repo`).id;
  const all: Record<string, unknown>[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const query = `side=consumer&repository=${id}&limit=100${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`;
    const page: { items: Record<string, unknown>[]; cursor: string | null } = await deps.api(
      `${login}-dev`,
      "GET",
      `/deliveries?${query}`,
    );
    all.push(...page.items);
    cursor = page.cursor;
  }
  return all;
}

test(`${EVENTS * CONSUMERS} durable deliveries to ${CONSUMERS} consumers outlast every fault and ${KILLS} kills`, {
  timeout: 580_000,
}, async () => {
  const { control } = deps.github;
  const reacting = reactToAll();
  const route = "**/dispatches";
  for (const fault of [
    { status: 502, probability: 0.02 },
    { status: 504, drop: "after", probability: 0.01 },
    { status: 503, probability: 0.02 },
    { status: 429, headers: { "retry-after": "2" }, probability: 0.02 },
    { drop: "before", probability: 0.01 },
    { drop: "after", probability: 0.01 },
    // Longer than a dispatch is waited for.
    { latency_ms: 16_000, probability: 0.003 },
  ] as const) {
    deps.github.faults.add({ route, count: -1, ...fault });
  }
  const sent = new Set<string>();
  const publishing = (async () => {
    for (let n = 0; n < EVENTS; n++) {
      const run = await control.startRun({ repository: "acme/repo", workflow: WORKFLOW });
      await control.completeRun(run.id, "success");
      sent.add(String(run.id));
      await pause(PUBLISHED_WITHIN / EVENTS);
    }
  })();
  for (let n = 0; n < KILLS; n++) {
    await pause(3000 + Math.random() * 4000);
    await deps.kill();
    await deps.restart();
  }
  await publishing;
  const sentOut = () =>
    consumers.reduce((sum, login) => sum + control.repository(`${login}/repo`).dispatches.length, 0);
  const isNearlyDone = () => sentOut() >= 0.98 * EVENTS * CONSUMERS;
  let ahead = 0;
  /** Kills Zekt once more, and starts it some milliseconds later by its own clock and GitHub's. */
  const passTime = async (ms: number) => {
    await deps.kill();
    control.advanceClock(ms);
    ahead += ms;
    await deps.restart({ CLOCK_AHEAD: String(ahead) });
  };
  /** Returns once nothing was asked of GitHub for three seconds: what is left waits for its time. */
  const untilStill = async () => {
    const latest = () => control.parts.requests.list().at(-1);
    for (let before = latest(); ; before = latest()) {
      await pause(3000);
      if (latest() === before) return;
    }
  };
  /** Passes time, whenever nothing happens, until nothing is left. */
  const passUntilDone = async (left: () => Promise<unknown[]>) => {
    for (let passes = 0; (await left()).length > 0; passes++) {
      await untilStill();
      const waiting = await left();
      if (passes === 50)
        throw new Error(`These wait after ${2 * passes} minutes: ${JSON.stringify(waiting.slice(0, 3))}`);
      if (waiting.length > 0) await passTime(2 * MINUTE);
    }
  };
  // What was on its way at a kill is sent again only after GitHub was asked for its run twice, which takes minutes.
  await passUntilDone(async () => (isNearlyDone() ? [] : [sentOut()]));
  // Once all but a few were sent, GitHub recovers: what fails a fourth time by chance waits for ten minutes.
  deps.github.faults.clear();
  await pause(5000);
  await passTime(20 * MINUTE);
  await passUntilDone(async () => {
    const all = (await Promise.all(consumers.map(deliveriesOf))).flat();
    const left = all.filter(({ isFinalized }) => !isFinalized);
    return all.length === EVENTS * CONSUMERS ? left : [`${all.length} were made`, ...left];
  });
  await reacting.stop();
  for (const login of consumers) {
    const deliveries = await deliveriesOf(login);
    expect(new Set(deliveries.map(({ correlationId }) => correlationId))).toEqual(sent);
    expect(deliveries.filter(({ status }) => status !== "Completed")).toEqual([]);
    expect(told.confirmed.get(login)).toEqual(new Set(deliveries.map(({ deliveryId }) => deliveryId)));
  }
  expect(told.twice).toEqual([]);
  // Whatever came more than once was caught by a confirm.
  expect(told.duplicates).toBe(sentOut() - EVENTS * CONSUMERS);
});
