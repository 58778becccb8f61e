import { Webhook } from "standardwebhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { DAY, HOUR, iso, MINUTE, SECOND } from "../../../app/domain/clock.ts";
import type { Delivery, Failure } from "../../../app/domain/records/delivery.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import type { Service } from "../../../app/domain/records/service.ts";
import type { EventFormat, Subscription } from "../../../app/domain/records/subscription.ts";
import { HookSecrets } from "../../../app/github/hook-secrets.ts";
import { decideSubscription } from "../../../app/steps/catalog/decide-subscription.ts";
import { setNotifications } from "../../../app/steps/catalog/set-notifications.ts";
import { removeSubscription } from "../../../app/steps/catalog/subscribe.ts";
import { probeConnections } from "../../../app/steps/delivery/probe-connections.ts";
import { recordFailure, recordSuccess } from "../../../app/steps/delivery/record-outcome.ts";
import { recordDelivery } from "../../../app/steps/delivery/update-delivery.ts";
import { syncRepository } from "../../../app/steps/installations/sync-repository.ts";
import { handleMessage } from "../../../app/steps/jobs/handle-message.ts";
import { updatePermissionNotice, updatePermissionNotices } from "../../../app/steps/notices/raise-notice.ts";
import type { StoredJob } from "../../../app/store/jobs.ts";
import type { JobMessage } from "../../../app/store/queues.ts";
import { type Receiver, startReceiver } from "../../fake-github/stage.ts";
import { type CatalogWorld, startCatalogWorld } from "../catalog/catalog-world.ts";

const GRANTED = { contents: "write", actions: "read", repository_hooks: "write", issues: "write" } as const;

let world: CatalogWorld;
let receiver: Receiver;
let service: Service;
let subscription: Subscription;
let consumer: Repository;

beforeAll(async () => {
  world = await startCatalogWorld();
  world.deps.settings.privateReceivers = true;
});
afterAll(() => world.close());
beforeEach(async () => {
  receiver = await startReceiver();
  service = await world.buildService();
  subscription = await world.buildSubscription(service);
  consumer = (await world.deps.store.accounts.getRepository(subscription.repositoryId)) as Repository;
});
afterEach(() => {
  vi.restoreAllMocks();
  receiver.close();
});

/** The stored jobs of both sides, and for how many seconds they wait. */
async function waiting(): Promise<{ message: JobMessage; delay: number }[]> {
  const now = world.deps.clock.now();
  const found: StoredJob[] = [];
  for (const { ownerId } of [consumer, service]) {
    for await (const page of world.deps.store.jobs.ofOwner(ownerId)) found.push(...page);
  }
  return found.map(({ ownerId, jobId, notBefore }) => ({
    message: { ownerId, job: jobId },
    delay: Math.max(0, Date.parse(notBefore) - now) / 1000,
  }));
}

/** Works the jobs that are due, and what comes of them. */
async function settle(): Promise<void> {
  for (;;) {
    const next = (await waiting()).find(({ delay }) => delay === 0);
    if (!next) return;
    await handleMessage(world.deps, "routing", JSON.stringify(next.message));
  }
}

/** Passes time, as the queue does. */
async function pass(ms: number): Promise<void> {
  world.pass(ms);
  await settle();
}

const issuesOf = ({ fullName }: Repository) => world.github.control.repository(fullName).issues;

async function chooseIssue(repository: Repository): Promise<void> {
  await world.github.control.setPermissions(Number(repository.installationId), { ...GRANTED });
  await setNotifications(world.deps, repository.repositoryId, { by: "issue" }, "mona");
  await settle();
}

const chooseWebhook = async (repository: Repository, format: EventFormat = "zekt") =>
  await setNotifications(
    world.deps,
    repository.repositoryId,
    {
      by: "webhook",
      url: receiver.url,
      format,
      newSecret: false,
    },
    "mona",
  );

const FAILURE: Failure = { stage: "github", kind: "not-found", reason: "No such repository.", status: 404 };
const DURABLE = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 8, retryOnFailure: false };
let built = 0;

const buildDeadLetter = (change: Partial<Delivery> = {}): Delivery =>
  ({
    deliveryId: `delivery-${++built}`,
    correlationId: "1",
    subscriptionId: subscription.subscriptionId,
    consumerRepositoryId: consumer.repositoryId,
    consumerOwnerId: consumer.ownerId,
    source: { provider: "acme", repo: "acme/provider", slug: "releases" },
    durable: DURABLE,
    status: "Failed",
    isFinalized: true,
    attempts: [],
    failure: FAILURE,
    replayedBy: null,
    createdAt: iso(world.deps.clock.now()),
    completedAt: iso(world.deps.clock.now()),
    confirmedAt: null,
    ...change,
  }) as unknown as Delivery;

test("nobody is told anything unless they asked for it", async () => {
  await recordDelivery(world.deps, buildDeadLetter());
  expect(await waiting()).toEqual([]);
});

test.each([
  ["though nothing else happens", false],
  ["though the process that recorded it ended right then", true],
])("the issue of a repository that becomes public names others no more, %s", async (_, ends) => {
  const { control } = world.github;
  await control.setVisibility(consumer.fullName, true);
  await syncRepository(world.deps, consumer.repositoryId);
  await chooseIssue(consumer);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect(issuesOf(consumer)[0]?.body).toMatch(/acme\/provider\/releases.*No such repository\./);
  await control.setVisibility(consumer.fullName, false);
  if (ends) {
    const { accounts } = world.deps.store;
    const record = accounts.recordRepository.bind(accounts);
    vi.spyOn(accounts, "recordRepository").mockImplementationOnce(async (...args) => {
      await record(...args);
      throw new Error("The process ended.");
    });
    await expect(syncRepository(world.deps, consumer.repositoryId)).rejects.toThrow("The process ended.");
  }
  await syncRepository(world.deps, consumer.repositoryId);
  await pass(MINUTE);
  await pass(5 * MINUTE + 2000);
  expect(issuesOf(consumer)).toMatchObject([{ state: "open" }]);
  expect(issuesOf(consumer)[0]?.body).not.toMatch(/acme|No such repository/);
});

test("a dead letter is told by one issue, which more of them bring up to date, at most every 5 minutes", async () => {
  await chooseIssue(consumer);
  const first = buildDeadLetter();
  await recordDelivery(world.deps, first);
  await settle();
  expect(issuesOf(consumer)).toMatchObject([
    { number: 1, state: "open", title: "Zekt: something needs your attention" },
  ]);
  expect(issuesOf(consumer)[0]?.body).toContain(first.deliveryId);
  const requests = () => world.github.control.parts.requests.list().length;
  const before = requests();
  for (let n = 0; n < 5; n++) {
    await recordDelivery(world.deps, buildDeadLetter());
    await settle();
  }
  expect(issuesOf(consumer)[0]?.title).toBe("Zekt: something needs your attention");
  expect(requests()).toBe(before);
  // What came meanwhile waits as one job.
  expect(await waiting()).toHaveLength(1);
  await pass(5 * MINUTE + 2000);
  expect(issuesOf(consumer)).toHaveLength(1);
  expect(issuesOf(consumer)[0]?.title).toBe("Zekt: 6 things need your attention");
  expect(await waiting()).toEqual([]);
});

test("a durable test event that failed is told to nobody, as tests are in no figure", async () => {
  await chooseIssue(consumer);
  await recordDelivery(world.deps, buildDeadLetter({ isTest: true }));
  expect(await waiting()).toEqual([]);
  await recordDelivery(world.deps, buildDeadLetter());
  expect(await waiting()).toHaveLength(1);
});

test("a default delivery that failed is told to nobody: only a durable one was promised", async () => {
  await chooseIssue(consumer);
  await recordDelivery(world.deps, buildDeadLetter({ durable: null }));
  expect(await waiting()).toEqual([]);
});

test("telling the same again, as after a crash, changes nothing", async () => {
  await chooseIssue(consumer);
  const letter = buildDeadLetter();
  for (let time = 0; time < 3; time++) await recordDelivery(world.deps, letter);
  expect(await waiting()).toHaveLength(1);
  await settle();
  await handleMessage(world.deps, "routing", JSON.stringify({ kind: "issue", ...consumer }));
  await settle();
  expect([issuesOf(consumer).length, (await waiting()).length]).toEqual([1, 0]);
});

test("the issue is closed once what failed was replayed, and opened again by what fails later", async () => {
  await chooseIssue(consumer);
  const letter = buildDeadLetter();
  await recordDelivery(world.deps, letter);
  await settle();
  await recordDelivery(world.deps, { ...letter, replayedBy: "delivery-again" });
  await pass(6 * MINUTE);
  expect(issuesOf(consumer)).toMatchObject([{ state: "closed", stateReason: "completed" }]);
  await pass(6 * MINUTE);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect(issuesOf(consumer)).toMatchObject([{ state: "open" }]);
});

test.each([
  ["webhooks", chooseWebhook],
  [
    "none",
    (repository: Repository) => setNotifications(world.deps, repository.repositoryId, { by: "none" }, "mona"),
  ],
])(
  "the issue is closed once its people choose %s, and opened again with what is open if they come back",
  async (_, choose) => {
    await chooseIssue(consumer);
    const letter = buildDeadLetter();
    await recordDelivery(world.deps, letter);
    await settle();
    expect(issuesOf(consumer)).toMatchObject([{ number: 1, state: "open" }]);
    await choose(consumer);
    await choose(consumer);
    await settle();
    expect(issuesOf(consumer)).toMatchObject([{ number: 1, state: "closed", stateReason: "not_planned" }]);
    await chooseIssue(consumer);
    await pass(10 * MINUTE);
    expect(issuesOf(consumer)).toMatchObject([{ number: 1, state: "open" }]);
    expect(issuesOf(consumer)[0]?.body).toContain(letter.deliveryId);
  },
);

test("an issue that was closed by hand stays so once its people choose another way", async () => {
  await chooseIssue(consumer);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  const [issue] = issuesOf(consumer);
  if (!issue) throw new Error("no issue");
  const person = world.github.control.createAccount({ login: `leaver-${built}` });
  const closed = { state: "closed", closedAt: world.deps.clock.now(), closedById: person.id } as const;
  Object.assign(issue, closed);
  await chooseWebhook(consumer);
  await pass(10 * MINUTE);
  expect(issue).toMatchObject(closed);
});

test("an issue that is left is closed, also where the process ended right then", async () => {
  await chooseIssue(consumer);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  const { jobs } = world.deps.store;
  const enqueue = jobs.enqueue.bind(jobs);
  let calls = 0;
  vi.spyOn(jobs, "enqueue").mockImplementation(async (...args) => {
    calls += 1;
    if (calls === 2) throw new Error("The process ended.");
    return await enqueue(...args);
  });
  await expect(chooseWebhook(consumer)).rejects.toThrow("The process ended.");
  vi.restoreAllMocks();
  await pass(2 * MINUTE);
  expect(issuesOf(consumer)).toMatchObject([{ state: "closed" }]);
});

test("an issue that is made while its people choose another way is closed", async () => {
  await chooseIssue(consumer);
  await recordDelivery(world.deps, buildDeadLetter());
  const { accounts } = world.deps.store;
  const change = accounts.changeNotifications.bind(accounts);
  // Between what is written to GitHub, and its record.
  vi.spyOn(accounts, "changeNotifications").mockImplementationOnce(async (...args) => {
    await chooseWebhook(consumer);
    return await change(...args);
  });
  await settle();
  await pass(10 * MINUTE);
  expect(issuesOf(consumer)).toMatchObject([{ number: 1, state: "closed" }]);
});

test("who closes the issue lets be what it told of; what comes after opens it with that alone", async () => {
  await chooseIssue(consumer);
  const old = buildDeadLetter();
  await recordDelivery(world.deps, old);
  await settle();
  await pass(6 * MINUTE);
  const [issue] = issuesOf(consumer);
  if (!issue) throw new Error("no issue");
  const person = world.github.control.createAccount({ login: `person-${built}` });
  Object.assign(issue, { state: "closed", closedAt: world.deps.clock.now(), closedById: person.id });
  await pass(2 * MINUTE);
  const later = buildDeadLetter();
  await recordDelivery(world.deps, later);
  await settle();
  expect(issue.state).toBe("open");
  expect(issue.body).toContain(later.deliveryId);
  expect(issue.body).not.toContain(`${old.deliveryId}\``);
});

test.each([
  [{ by: "none" } as const, { by: "none" }],
  [
    { by: "webhook", url: "https://hooks.example.com/", format: "zekt", newSecret: false } as const,
    { by: "webhook" },
  ],
])("people who choose %j while their issue is written have chosen it", async (choice, standing) => {
  await chooseIssue(consumer);
  const { repositoryId } = consumer;
  const { notices, accounts } = world.deps.store;
  const close = notices.closeAsRead.bind(notices);
  vi.spyOn(notices, "closeAsRead").mockImplementationOnce(async (keys) => {
    await setNotifications(world.deps, repositoryId, choice, "mona");
    await close(keys);
  });
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect((await accounts.getRepository(repositoryId))?.notifications).toMatchObject(standing);
});

test("an issue is not a choice of those who own its repository by the time that it is written", async () => {
  await chooseIssue(consumer);
  const { repositoryId } = consumer;
  const { notices, accounts } = world.deps.store;
  const close = notices.closeAsRead.bind(notices);
  vi.spyOn(notices, "closeAsRead").mockImplementationOnce(async (keys) => {
    // As a transfer does.
    await accounts.changeRepository({ repositoryId, notifications: null });
    await close(keys);
  });
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect((await accounts.getRepository(repositoryId))?.notifications).toBeNull();
});

test("what is raised anew while an issue is read that somebody had closed opens it again", async () => {
  await chooseIssue(consumer);
  const { repositoryId } = consumer;
  const { notices } = world.deps.store;
  const raise = (reason: string) => updatePermissionNotice(world.deps, consumer, "webhook", reason);
  await raise("First.");
  await settle();
  await pass(6 * MINUTE);
  const [issue] = issuesOf(consumer);
  if (!issue) throw new Error("no issue");
  const person = world.github.control.createAccount({ login: `closer-${built}` });
  Object.assign(issue, { state: "closed", closedAt: world.deps.clock.now(), closedById: person.id });
  await recordDelivery(world.deps, buildDeadLetter());
  const list = notices.list.bind(notices);
  vi.spyOn(notices, "list").mockImplementationOnce(async (id) => {
    const open = await list(id);
    world.pass(MINUTE);
    await raise("Second.");
    return open;
  });
  await settle();
  await pass(6 * MINUTE);
  expect(await notices.isOpen({ repositoryId, kind: "permission-lost", subject: "webhook" })).toBe(true);
  expect(issue).toMatchObject({ state: "open", body: expect.stringContaining("Permission lost (1)") });
});

test("an issue whose number was lost to a crash is found again by its marker", async () => {
  await chooseIssue(consumer);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  const { repositoryId } = consumer;
  const notifications = { by: "issue", number: null, written: null } as const;
  await world.deps.store.accounts.setRepository({ repositoryId, notifications });
  await pass(6 * MINUTE);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect(issuesOf(consumer)).toHaveLength(1);
  expect((await world.deps.store.accounts.getRepository(repositoryId))?.notifications).toMatchObject({
    number: 1,
  });
});

test("an issue that cannot be written now is written when it can", async () => {
  await chooseIssue(consumer);
  world.github.faults.add({ route: "**/issues*", status: 403, headers: { "retry-after": "60" }, count: -1 });
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect([issuesOf(consumer).length, (await waiting()).length]).toEqual([0, 1]);
  world.github.faults.clear();
  await pass(15 * MINUTE);
  await pass(15 * MINUTE);
  expect(issuesOf(consumer)).toHaveLength(1);
});

test("issues are refused, with where to grant them, while the App may not write any", async () => {
  const refused = setNotifications(world.deps, consumer.repositoryId, { by: "issue" }, "mona");
  await expect(refused).rejects.toMatchObject({
    code: "forbidden",
    message: expect.stringMatching(/"Issues: read and write".*accepts it at http/),
  });
  await world.github.control.setPermissions(Number(consumer.installationId), { ...GRANTED });
  world.github.control.repository(consumer.fullName).hasIssues = false;
  await expect(
    setNotifications(world.deps, consumer.repositoryId, { by: "issue" }, "mona"),
  ).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("switched off"),
  });
});

test("a webhook is signed after Standard Webhooks with the secret that was shown once", async () => {
  const { secret } = await chooseWebhook(consumer);
  expect(secret).toMatch(/^whsec_/);
  expect((await chooseWebhook(consumer)).secret).toBeNull();
  const letter = buildDeadLetter();
  await recordDelivery(world.deps, letter);
  await settle();
  const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
  expect(receiver.received).toHaveLength(1);
  // The library takes no signature that is older than 5 minutes, and the tests' clock may have moved on.
  vi.useFakeTimers({ toFake: ["Date"], now: world.deps.clock.now() });
  const told = new Webhook(secret as string).verify(body, headers as Record<string, string>);
  vi.useRealTimers();
  expect(told).toMatchObject({
    type: "delivery.failed",
    timestamp: letter.completedAt,
    data: {
      repository: { id: consumer.repositoryId, fullName: consumer.fullName },
      deliveryId: letter.deliveryId,
      reason: FAILURE.reason,
      service: "acme/provider/releases",
    },
  });
  expect(JSON.stringify(await world.deps.store.accounts.getRepository(consumer.repositoryId))).not.toContain(
    secret?.slice(6) as string,
  );
});

test("a receiver that wants CloudEvents gets one of their media type, signed alike", async () => {
  const { secret } = await chooseWebhook(consumer, "cloudevents");
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
  expect(headers).toMatchObject({ "content-type": "application/cloudevents+json" });
  vi.useFakeTimers({ toFake: ["Date"], now: world.deps.clock.now() });
  const told = new Webhook(secret as string).verify(body, headers as Record<string, string>);
  vi.useRealTimers();
  expect(told).toMatchObject({ specversion: "1.0", id: headers["webhook-id"], type: "delivery.failed" });
});

test("a webhook that does not arrive is sent again on a schedule, the same, until it does", async () => {
  await chooseWebhook(consumer);
  receiver.status = 500;
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  const problem = async () =>
    (await world.deps.store.accounts.getRepository(consumer.repositoryId))?.notifications;
  expect(await problem()).toMatchObject({ problem: "It answered 500." });
  expect(await waiting()).toMatchObject([{ delay: expect.closeTo(5, -1) }]);
  await pass(10_000);
  // The third try is more than 15 minutes away, longer than a queue holds a message.
  await pass(6 * MINUTE);
  expect([receiver.received.length, (await waiting()).length]).toEqual([3, 1]);
  expect((await waiting())[0]?.delay).toBeGreaterThanOrEqual(30 * 60);
  receiver.status = 204;
  for (let quarter = 0; quarter < 3; quarter++) await pass(15 * MINUTE);
  expect(receiver.received).toHaveLength(4);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(await problem()).toMatchObject({ problem: null });
  expect(await waiting()).toEqual([]);
});

test.each<[string, () => string, number]>([
  ["seconds", () => "7200", 2 * HOUR],
  ["a date", () => new Date(Date.now() + 3 * HOUR).toUTCString(), 3 * HOUR],
  ["millions of years", () => "99999999999999", DAY],
  ["zero", () => "0", 5 * SECOND],
  ["nothing", () => "", 5 * SECOND],
])(
  "a receiver that asks to wait by a retry-after of %s is sent nothing before, nor later than after a day",
  async (_, retryAfter, wait) => {
    await chooseWebhook(consumer);
    Object.assign(receiver, { status: 429, headers: { "retry-after": retryAfter() } });
    await recordDelivery(world.deps, buildDeadLetter());
    await settle();
    const [waits] = await waiting();
    expect(Math.abs((waits?.delay ?? 0) - wait / SECOND)).toBeLessThan(5);
  },
);

test("a receiver that is gone is sent nothing more until its address is set again", async () => {
  await chooseWebhook(consumer);
  receiver.status = 410;
  for (let n = 0; n < 3; n++) {
    await recordDelivery(world.deps, buildDeadLetter());
    await settle();
  }
  expect([receiver.received.length, (await waiting()).length]).toEqual([1, 0]);
  receiver.status = 204;
  await chooseWebhook(consumer);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect(receiver.received).toHaveLength(2);
});

test("that a receiver is gone is said for as long as it is, whatever comes of what was on the way", async () => {
  await chooseWebhook(consumer);
  const { accounts } = world.deps.store;
  const before = await accounts.getRepository(consumer.repositoryId);
  receiver.status = 410;
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  const gone = await accounts.getRepository(consumer.repositoryId);
  expect(gone?.notifications).toMatchObject({ problem: expect.stringContaining("Nothing more is sent") });
  receiver.status = 500;
  await recordDelivery(world.deps, buildDeadLetter());
  vi.spyOn(accounts, "getRepository").mockResolvedValueOnce(before);
  await settle();
  expect(receiver.received).toHaveLength(2);
  expect((await accounts.getRepository(consumer.repositoryId))?.notifications).toEqual(gone?.notifications);
});

test("a receiver that does not answer in time is said not to, and not to be out of reach", async () => {
  const patience = AbortSignal.timeout;
  vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => patience(ms === 15_000 ? 50 : ms));
  await chooseWebhook(consumer);
  receiver.silent = true;
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect((await world.deps.store.accounts.getRepository(consumer.repositoryId))?.notifications).toMatchObject(
    { problem: "It did not answer within 15 s." },
  );
});

test("the address set again has a new secret where the master key of the one before is known no more", async () => {
  const { secret } = await chooseWebhook(consumer);
  const { hookSecrets, store } = world.deps;
  world.deps.hookSecrets = new HookSecrets(new Map([[hookSecrets.version + 1, "f".repeat(64)]]));
  onTestFinished(() => {
    world.deps.hookSecrets = hookSecrets;
  });
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect((await store.accounts.getRepository(consumer.repositoryId))?.notifications).toMatchObject({
    problem: expect.stringContaining("set the address again"),
  });
  const again = await chooseWebhook(consumer);
  expect([again.secret, again.secret === secret, again.changed]).toEqual([
    expect.stringMatching(/^whsec_/),
    false,
    ["secret"],
  ]);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect(receiver.received).toHaveLength(1);
});

test("what a receiver has taken is not sent once more where it is told again, as after a crash", async () => {
  await chooseWebhook(consumer);
  const letter = buildDeadLetter();
  for (let time = 0; time < 2; time++) {
    await recordDelivery(world.deps, letter);
    await settle();
  }
  expect(receiver.received).toHaveLength(1);
});

test("a receiver that is named while the one before answers is not taken for that one", async () => {
  await chooseWebhook(consumer);
  const { accounts } = world.deps.store;
  const before = await accounts.getRepository(consumer.repositoryId);
  await recordDelivery(world.deps, buildDeadLetter());
  receiver.status = 410;
  const url = `${receiver.url}/new`;
  const choice = { by: "webhook", url, format: "zekt", newSecret: false } as const;
  await setNotifications(world.deps, consumer.repositoryId, choice, "mona");
  const chosen = await accounts.getRepository(consumer.repositoryId);
  vi.spyOn(accounts, "getRepository").mockResolvedValueOnce(before);
  await settle();
  expect(receiver.received).toHaveLength(1);
  expect(await accounts.getRepository(consumer.repositoryId)).toEqual(chosen);
});

test("a receiver in the network of the server is sent nothing unless that is allowed", async () => {
  await chooseWebhook(consumer);
  await recordDelivery(world.deps, buildDeadLetter());
  world.deps.settings.privateReceivers = false;
  try {
    await settle();
  } finally {
    world.deps.settings.privateReceivers = true;
  }
  expect(receiver.received).toEqual([]);
  const { notifications } = (await world.deps.store.accounts.getRepository(
    consumer.repositoryId,
  )) as Repository;
  expect(notifications).toMatchObject({ problem: expect.any(String) });
});

test("no redirect is followed", async () => {
  await chooseWebhook(consumer);
  receiver.status = 302;
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  expect([receiver.received.length, (await waiting()).length]).toEqual([1, 1]);
});

test("a request for access reaches the provider, and is seen to once it is answered", async () => {
  const provider = (await world.deps.store.accounts.getRepository(service.repositoryId)) as Repository;
  await chooseIssue(provider);
  const asked = await world.buildSubscription(service);
  await settle();
  expect(issuesOf(provider)[0]?.body).toMatch(/Requests for access \(1\)/);
  await decideSubscription(world.deps, asked.subscriptionId, "approved", "mona");
  await pass(6 * MINUTE);
  expect(issuesOf(provider)).toMatchObject([{ state: "closed" }]);
});

test("a request that was taken back waits for nobody", async () => {
  const provider = (await world.deps.store.accounts.getRepository(service.repositoryId)) as Repository;
  await chooseIssue(provider);
  const asked = await world.buildSubscription(service);
  await settle();
  await removeSubscription(world.deps, asked.subscriptionId, "hubot");
  await pass(6 * MINUTE);
  expect(issuesOf(provider)).toMatchObject([{ state: "closed" }]);
});

test("a paused connection reaches its consumer, and is seen to once it goes on", async () => {
  await chooseIssue(consumer);
  const delivery = buildDeadLetter({ status: "Pending" });
  for (let n = 0; n < 20; n++) await recordFailure(world.deps, delivery, FAILURE);
  await settle();
  expect(issuesOf(consumer)[0]?.body).toMatch(/Paused connections \(1\)/);
  await recordSuccess(world.deps, delivery, "confirmed");
  await pass(6 * MINUTE);
  expect(issuesOf(consumer)).toMatchObject([{ state: "closed" }]);
});

/** Ends the process once, when it comes to close a notice, before or after. */
function dieClosing(moment: "before" | "after"): void {
  const { notices, jobs } = world.deps.store;
  const die = (): never => {
    throw new Error("The process ended.");
  };
  if (moment === "before") vi.spyOn(notices, "isOpen").mockImplementationOnce(die);
  else {
    const close = notices.close.bind(notices);
    vi.spyOn(notices, "close").mockImplementationOnce(async (keys) => {
      await close(keys);
      vi.spyOn(jobs, "enqueue").mockImplementationOnce(die);
    });
  }
}

test.each<["before" | "after", "approved" | "denied"]>([
  ["before", "approved"],
  ["after", "approved"],
  ["before", "denied"],
  ["after", "denied"],
])(
  "of a process that ended %s it closed the notice of a request that was %s, its repetition makes that good",
  async (moment, decision) => {
    const provider = (await world.deps.store.accounts.getRepository(service.repositoryId)) as Repository;
    await chooseIssue(provider);
    const asked = await world.buildSubscription(service);
    await settle();
    dieClosing(moment);
    const decide = () => decideSubscription(world.deps, asked.subscriptionId, decision, "mona");
    await expect(decide()).rejects.toThrow("The process ended.");
    await decide();
    await pass(6 * MINUTE);
    expect(issuesOf(provider)).toMatchObject([{ state: "closed" }]);
  },
);

test.each(["before", "after"] as const)(
  "of a process that ended %s it closed the notice of a request that was taken back, its repetition makes that good",
  async (moment) => {
    const provider = (await world.deps.store.accounts.getRepository(service.repositoryId)) as Repository;
    await chooseIssue(provider);
    const asked = await world.buildSubscription(service);
    await settle();
    dieClosing(moment);
    const remove = () => removeSubscription(world.deps, asked.subscriptionId, "hubot");
    await expect(remove()).rejects.toThrow("The process ended.");
    await remove();
    await pass(6 * MINUTE);
    expect(issuesOf(provider)).toMatchObject([{ state: "closed" }]);
  },
);

test.each(["before", "after"] as const)(
  "of a process that ended %s it closed the notice of a pause, the sweep makes that good",
  async (moment) => {
    await chooseIssue(consumer);
    const delivery = buildDeadLetter({ status: "Pending" });
    for (let n = 0; n < 20; n++) await recordFailure(world.deps, delivery, FAILURE);
    await settle();
    dieClosing(moment);
    await expect(recordSuccess(world.deps, delivery, "confirmed")).rejects.toThrow("The process ended.");
    await probeConnections(world.deps, 10);
    await pass(6 * MINUTE);
    expect(issuesOf(consumer)).toMatchObject([{ state: "closed" }]);
  },
);

test("of a process that ended before it closed the notice of a pause, the end of the subscription makes that good", async () => {
  await chooseIssue(consumer);
  const delivery = buildDeadLetter({ status: "Pending" });
  for (let n = 0; n < 20; n++) await recordFailure(world.deps, delivery, FAILURE);
  await settle();
  dieClosing("before");
  const remove = () => removeSubscription(world.deps, subscription.subscriptionId, "hubot");
  await expect(remove()).rejects.toThrow("The process ended.");
  await remove();
  await pass(6 * MINUTE);
  expect(issuesOf(consumer)).toMatchObject([{ state: "closed" }]);
});

test("a permission that is lost is told once for as long as it is, and seen to when it is granted again", async () => {
  await chooseWebhook(consumer);
  for (let time = 0; time < 3; time++) {
    await updatePermissionNotice(world.deps, consumer, "webhook", "The App lacks the permission.");
    await pass(6 * HOUR);
  }
  expect(receiver.received).toHaveLength(1);
  await updatePermissionNotice(world.deps, consumer, "webhook", null);
  await updatePermissionNotice(world.deps, consumer, "webhook", "The App lacks the permission.");
  await settle();
  expect(receiver.received).toHaveLength(2);
});

test("a permission that was lost before anybody asked to be told is told once somebody asks", async () => {
  const lose = () => updatePermissionNotice(world.deps, consumer, "webhook", "The App lacks the permission.");
  await lose();
  await chooseWebhook(consumer);
  await lose();
  await settle();
  expect(receiver.received).toHaveLength(1);
});

test("an owner who takes a permission from the App hears of it at each repository that asked for it", async () => {
  await chooseWebhook(consumer);
  const { ownerId } = consumer;
  const owner = { ownerId, login: "owner" };
  const without = { ...GRANTED, contents: "read" };
  await updatePermissionNotices(world.deps, { permissions: GRANTED }, { ...owner, permissions: without });
  await updatePermissionNotices(world.deps, { permissions: without }, { ...owner, permissions: without });
  await settle();
  expect(receiver.received.map(({ body }) => JSON.parse(body).type)).toEqual(["permission.lost"]);
  expect(receiver.received[0]?.body).toContain('\\"contents: write\\"');
});

test("what nobody saw to in 30 days is told no more", async () => {
  await chooseIssue(consumer);
  await recordDelivery(world.deps, buildDeadLetter());
  await settle();
  await pass(31 * DAY);
  const later = buildDeadLetter();
  await recordDelivery(world.deps, later);
  await settle();
  expect(issuesOf(consumer)[0]?.title).toBe("Zekt: something needs your attention");
  expect(issuesOf(consumer)[0]?.body).toContain(later.deliveryId);
});
