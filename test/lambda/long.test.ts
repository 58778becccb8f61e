import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { HOUR, iso, MINUTE } from "../../app/domain/clock.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import { CASES, type Case } from "../../demo/cases.ts";
import { play } from "../../demo/play.ts";
import { populate } from "../../demo/populate.ts";
import { type Stage, setStage } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";
import { Browser } from "../support/browser.ts";
import type { Packaged } from "./package.ts";
import { sharedPackage } from "./shared-package.ts";
import { type Lambdas, startLambdas } from "./start-lambdas.ts";

// What takes AWS minutes to hours, with a clock that jumps to where the next message may be received. Numbers
// are scaled: what counts is that they go beyond the 16 rounds after which Lambda stops a chain. `npm run long`
// has the full ones.
const IS_FULL = process.env.ZEKT_LONG === "full";
const REPLAYED = IS_FULL ? 2000 : 200;
const EXPORTED = IS_FULL ? 10_000 : 1500;

const PROVIDER = "acme/releases";
const CONSUMER = "hooli/ledger";
const RELEASE = ".github/workflows/release.yml";
const TIMEOUT = IS_FULL ? 1_200_000 : 120_000;

let packaged: Packaged;
let stage: Stage;
let lambdas: Lambdas;

beforeAll(async () => {
  packaged = await sharedPackage();
  stage = await setStage({ log: silent, start: startLambdas(packaged, true) });
  lambdas = stage.server as Lambdas;
  lambdas.chains.onJump = (ms) => void stage.github.control.advanceClock(ms);
  await populate(stage, () => {});
  await play(
    stage,
    CASES.find(({ name }) => /confirmed and completed by the actions/.test(name)) as never,
    () => {},
  );
  stage.github.world.settings.runWorkflows = false;
}, TIMEOUT);

afterAll(async () => {
  await stage?.close();
});

beforeEach(async () => {
  // A chain that the test before has begun would be counted in this one.
  const messages = async (): Promise<number> => {
    const counts = await Promise.all([
      lambdas.storage.queue("routing").count(),
      lambdas.storage.queue("delivery").count(),
    ]);
    return counts.reduce((sum, { ready, delayed, working }) => sum + ready + delayed + working, 0);
  };
  await expect.poll(messages, { timeout: TIMEOUT, interval: 200 }).toBe(0);
  lambdas.chains.longest = 0;
  lambdas.chains.dropped.length = 0;
}, TIMEOUT);

test("a workflow is whitelisted by the API and from the console, whose address API Gateway decodes", async () => {
  const id = stage.repositoryId(PROVIDER);
  const address = `/repositories/${id}/workflows/${encodeURIComponent(RELEASE)}`;
  await stage.api("acme-dev", "DELETE", address);
  await stage.api("acme-dev", "PUT", address);
  await stage.api("acme-dev", "DELETE", address);
  stage.github.control.setSignIn("acme-dev");
  const browser = new Browser();
  await browser.open(`${lambdas.url}/console/sign-in`);
  const session = await browser.request(`${lambdas.url}/api/session`);
  const { csrfToken } = (await session.json()) as { csrfToken: string };
  const answer = await browser.request(`${lambdas.url}/api${address}`, {
    method: "PUT",
    headers: { "x-csrf-token": csrfToken, origin: lambdas.url, "sec-fetch-site": "same-origin" },
  });
  expect(answer.status).toBeLessThan(300);
  const { items } = await stage.api<{ items: { path: string; whitelisted: boolean }[] }>(
    "acme-dev",
    "GET",
    `/repositories/${id}/workflows`,
  );
  expect(items.find(({ path }) => path === RELEASE)).toMatchObject({ whitelisted: true });
});

test(
  "of the events of a two-hour outage at GitHub each durable delivery arrives once, and each default one says that it failed",
  async () => {
    const { github } = stage;
    const { control, faults } = github;
    const { chains } = lambdas;
    const { settings } = github.world;
    const began = chains.now();
    const outage = faults.add({
      target: "api",
      route: "^/(?:app|repositories)/",
      count: -1,
      status: 503,
      headers: { "retry-after": "300" },
    });
    const { onJump } = chains;
    // By the functions' clock, which passes an hour in no time.
    chains.onJump = (ms) => {
      onJump(ms);
      if (chains.now() - began > 2 * HOUR) faults.clear(outage.id);
    };
    settings.runWorkflows = true;
    onTestFinished(() => {
      chains.onJump = onJump;
      settings.runWorkflows = false;
      faults.clear();
    });
    const [durable, byDefault] = ["initech/echo", "umbrella/docs"];
    const dispatched = (repository: string): number => control.repository(repository).dispatches.length;
    const before = [dispatched(durable), dispatched(byDefault)];
    for (const name of ["ping", "nightly"]) {
      const workflow = `.github/workflows/${name}.yml`;
      await control.parts.runs.execute(await control.startRun({ repository: PROVIDER, workflow }));
    }
    const latest = async (repository: string): Promise<Delivery> => {
      const { items } = await lambdas.deps.store.deliveries.list("consumer", stage.repositoryId(repository));
      return items[0] as Delivery;
    };
    // What waits for longer than a queue's delay comes back by the schedule.
    const passWait = async (): Promise<number> => {
      const { dueFor, dueAt, attempts } = await latest(durable);
      if (dueFor === "dispatch" && attempts.at(-1)?.outcome === "failed") {
        chains.jump(Math.max(0, Date.parse(dueAt as string) - chains.now()) + 1000);
        await lambdas.tick();
      }
      return dispatched(durable);
    };
    await expect.poll(passWait, { timeout: TIMEOUT, interval: 100 }).toBe(1 + (before[0] ?? 0));
    expect(chains.now() - began).toBeGreaterThan(2 * HOUR);
    await expect
      .poll(async () => (await latest(durable)).status, { timeout: TIMEOUT, interval: 200 })
      .toBe("Completed");
    const arrived = await latest(durable);
    expect(Date.parse(arrived.createdAt)).toBeGreaterThanOrEqual(began);
    const outcomes = arrived.attempts.map(({ outcome }) => outcome);
    expect(outcomes.slice(0, -1).every((outcome) => outcome === "failed")).toBe(true);
    expect(outcomes.length).toBeGreaterThan(5);
    expect(await latest(byDefault)).toMatchObject({
      status: "Failed",
      failure: { stage: "github", kind: "service-unavailable" },
    });
    expect([dispatched(durable), dispatched(byDefault)]).toEqual([1 + (before[0] ?? 0), before[1]]);
  },
  TIMEOUT,
);

/** Stores failed deliveries of a connection, each like one that was made; answers its subscription. */
async function storeFailed(count: number, from: number): Promise<string> {
  const { deliveries } = lambdas.deps.store;
  const { items } = await deliveries.list("consumer", stage.repositoryId(CONSUMER));
  const made = items.find(({ isFinalized }) => isFinalized);
  if (!made) throw new Error("Nothing was delivered.");
  const failed = {
    ...made,
    status: "Failed",
    isFinalized: true,
    dueAt: null,
    dueFor: null,
    replayedBy: null,
  };
  for (let start = 0; start < count; start += 50) {
    const some = Array.from({ length: Math.min(50, count - start) }, (_, n) => from + start + n);
    await Promise.all(
      some.map((at) =>
        deliveries.add({ ...failed, deliveryId: `failed-${at}`, createdAt: iso(at) } as never),
      ),
    );
  }
  return made.subscriptionId;
}

interface Replay {
  jobId: string;
  state: string;
  replayed: number;
}

async function startReplay(count: number, from: number): Promise<() => Promise<Replay>> {
  const subscriptionId = await storeFailed(count, from);
  const [start, end] = [iso(from), iso(from + count)];
  const body = { subscriptionId, from: start, to: end, status: ["Failed"], dryRun: false };
  const { jobId } = await stage.api<Replay>("hooli-dev", "POST", "/replay", body);
  return () => stage.api<Replay>("hooli-dev", "GET", `/replay/jobs/${jobId}`);
}

test(
  "a bulk replay goes on beyond 16 rounds, as that of 2,000 has to",
  async () => {
    const job = await startReplay(REPLAYED, Date.now() - HOUR);
    await expect.poll(async () => (await job()).state, { timeout: TIMEOUT, interval: 500 }).toBe("done");
    expect((await job()).replayed).toBe(REPLAYED);
    expect(lambdas.chains.longest).toBeGreaterThan(16);
    expect(lambdas.chains.dropped).toEqual([]);
  },
  TIMEOUT,
);

test(
  "where Lambda may stop loops, it stops the replay after 16 rounds, and the schedule takes it up again",
  async () => {
    lambdas.chains.mayLoop = false;
    onTestFinished(() => {
      lambdas.chains.mayLoop = true;
    });
    // The dispatches of the test before have used up the consumer's hour: what waits for its turn goes round as well.
    lambdas.chains.jump(HOUR);
    const job = await startReplay(180, Date.now() - 2 * HOUR);
    // The job's own, and those of the last ten deliveries.
    await expect.poll(() => lambdas.chains.dropped.length, { timeout: TIMEOUT, interval: 500 }).toBe(11);
    expect(lambdas.chains.longest).toBe(16);
    const stopped = await job();
    expect(stopped.state).toBe("running");
    // The message for a start that is cut off comes after a minute, and may go on in the first one's place.
    expect(stopped.replayed).toBeGreaterThanOrEqual(150);
    expect(stopped.replayed).toBeLessThan(180);
    // Past the moment at which the stored job is due once more.
    lambdas.chains.jump(3 * MINUTE);
    await lambdas.tick();
    await expect.poll(async () => (await job()).state, { timeout: TIMEOUT, interval: 500 }).toBe("done");
    expect((await job()).replayed).toBe(180);
  },
  TIMEOUT,
);

test(
  "an outage of two hours at GitHub is waited out, however many rounds it takes",
  async () => {
    const { github } = stage;
    const repositoryId = stage.repositoryId(PROVIDER);
    const ownerId = String(github.control.account("acme").id);
    const outage = github.faults.add({
      target: "api",
      count: -1,
      status: 503,
      // Longer than a request waits by itself, so that each round is one request.
      headers: { "retry-after": "300" },
    });
    const began = lambdas.chains.now();
    await lambdas.deps.store.jobs.enqueue([{ kind: "repository", repositoryId, ownerId, deleted: false }]);
    const isPending = async (): Promise<boolean> => {
      for await (const jobs of lambdas.deps.store.jobs.ofOwner(ownerId))
        if (jobs.some(({ job }) => job.kind === "repository")) return true;
      return false;
    };
    onTestFinished(() => github.faults.clear());
    await expect
      .poll(() => lambdas.chains.now() - began, { timeout: TIMEOUT, interval: 200 })
      .toBeGreaterThan(2 * HOUR);
    expect(await isPending()).toBe(true);
    github.faults.clear(outage.id);
    await expect.poll(isPending, { timeout: TIMEOUT, interval: 200 }).toBe(false);
    expect(lambdas.chains.longest).toBeGreaterThan(16);
    const dead = lambdas.functions.worker.log().filter(({ event }) => event === "job.dead");
    expect(dead).toEqual([]);
  },
  TIMEOUT,
);

test(
  "a durable delivery that GitHub fails to take three times leaves by its fourth attempt",
  async () => {
    const { settings } = stage.github.world;
    settings.runWorkflows = true;
    onTestFinished(() => {
      settings.runWorkflows = false;
    });
    const one = CASES.find(({ name }) => /cannot reach for a while/.test(name)) as Case;
    const expected = one.expected.map((dispatch) => ({
      ...dispatch,
      printed: dispatch.printed.map((line) => line.replace("attempt 2", "attempt 4")),
    }));
    const outage = { dispatches: { status: 503, count: 3 } };
    const played = await play(stage, { ...one, trouble: outage, expected }, () => {});
    expect(played.got).toEqual(played.expected);
  },
  TIMEOUT,
);

test(
  "a large owner is exported to a file that S3 hands over",
  async () => {
    const { runs } = lambdas.deps.store;
    const repositoryId = stage.repositoryId(PROVIDER);
    const ownerId = String(stage.github.control.account("acme").id);
    for (let start = 0; start < EXPORTED; start += 50)
      await Promise.all(
        Array.from({ length: 50 }, async (_, n) => {
          const of = { repositoryId, ownerId, runId: String(9e6 + start + n), runAttempt: 1 };
          const receivedAt = iso(Date.now() - start - n);
          await runs.addEvent({
            ...of,
            receivedAt,
            eventId: `event-${start + n}`,
            run: {},
            dueAt: null,
          } as never);
        }),
      );
    const first = await stage.api<Record<string, string>>("acme-dev", "GET", `/owners/${ownerId}/export`);
    expect(first).toMatchObject({ state: "running", file: null });
    const address = `/owners/${ownerId}/exports/${first.exportId}`;
    const job = () => stage.api<Record<string, string>>("acme-dev", "GET", address);
    await expect.poll(async () => (await job()).state, { timeout: TIMEOUT, interval: 500 }).toBe("done");
    const [app] = stage.github.world.apps.values();
    const authorization = `Bearer ${stage.github.control.userToken("acme-dev", app?.clientId ?? "")}`;
    const answer = await fetch(`${lambdas.url}/api${address}/file`, {
      headers: { authorization },
      redirect: "manual",
    });
    expect(answer.status).toBe(302);
    const file = await fetch(answer.headers.get("location") ?? "");
    const { repositories } = (await file.json()) as {
      repositories: { repository: { repositoryId: string }; events: object[] }[];
    };
    const exported = repositories.find(({ repository }) => repository.repositoryId === repositoryId);
    expect(exported?.events.length).toBeGreaterThanOrEqual(EXPORTED);
  },
  TIMEOUT,
);

test("while both queues are full, a new account's 10 places have some for webhooks and steps", async () => {
  const { queues } = lambdas.deps.store;
  const ownerId = "1";
  const gone = Array.from({ length: 150 }, (_, n) => ({
    deliveryId: `gone-${n}`,
    serviceId: "s",
    subscriptionId: "s",
    consumerRepositoryId: "1",
    consumerOwnerId: String(n),
  }));
  // No work ends meanwhile, so that the queues take every place that they may.
  const { promise, resolve } = Promise.withResolvers<void>();
  lambdas.gates.worker.held = promise;
  onTestFinished(() => {
    lambdas.gates.worker.held = null;
    resolve();
  });
  await queues.enqueueJobs(gone.map((_, n) => ({ ownerId, job: `gone#${n}` })));
  await queues.enqueueDeliveries(gone);
  let before = 0;
  const isSteady = (): boolean => {
    const isSame = before > 1 && before === lambdas.atOnce();
    before = lambdas.atOnce();
    return isSame;
  };
  await expect.poll(isSteady, { timeout: 10_000, interval: 200 }).toBe(true);
  const answers = await Promise.all(
    Array.from({ length: 4 }, async () => (await fetch(`${lambdas.url}/api/user`)).status),
  );
  expect([lambdas.atOnce(), ...answers]).toEqual([6, 401, 401, 401, 401]);
});
