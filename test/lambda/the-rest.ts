import { HOUR, iso, MINUTE } from "../../app/domain/clock.ts";
import { RUN_OWNER } from "../../app/store/fact-kinds.ts";
import { openStore } from "../../app/store/store.ts";
import { type Stage, until } from "../../harness/stage.ts";
import { Browser } from "../support/browser.ts";
import { type Lambdas, sqsRecord, storeJob } from "./start-lambdas.ts";
import { archiveFromElsewhere, provokeTheRare } from "./the-rare.ts";

/** A message that nobody joined for so long is an orphan, and not yet gone. */
const LONG = (40 * 24 + 12) * HOUR;

const PROVIDER = "acme/releases";
const RELEASE = ".github/workflows/release.yml";

/**
 * Calls the parts that the demo's story leaves out: reads every list, signs in, replays, changes and removes
 * things. It also runs jobs of each kind, has the schedule find what only time brings, and erases an owner at
 * last.
 */
export async function useTheRest(stage: Stage, lambdas: Lambdas): Promise<void> {
  await archiveFromElsewhere(stage, lambdas);
  await readEverything(stage);
  await operate(stage, lambdas);
  await exportToFile(stage);
  await signInAndOut(stage);
  await replay(stage);
  await change(stage, lambdas);
  await bringByTime(stage, lambdas);
  await work(stage, lambdas);
  await provokeTheRare(stage, lambdas);
  await erase(stage, lambdas);
}

interface List {
  items: Record<string, string>[];
}

async function readEverything({ api, repositoryId, github }: Stage): Promise<void> {
  const get = <T = List>(path: string): Promise<T> => api<T>("acme-dev", "GET", path);
  const id = repositoryId(PROVIDER);
  const owner = github.control.account("acme").id;
  const { items } = await get(`/deliveries?repository=${id}&side=provider`);
  const delivery = items.find(({ eventType }) => eventType === "release-published");
  for (const path of ["", "/timeline", "/payload"]) await get(`/deliveries/${delivery?.deliveryId}${path}`);
  for (const of of ["services", "subscribers", "events", "blocked", "workflows"])
    await get(`/repositories/${id}/${of}`);
  for (const path of [
    "/user",
    "/installations",
    "/repositories",
    "/directory",
    `/overview?repository=${id}`,
    `/connections?repository=${id}&side=provider`,
    `/repositories/${id}/notifications`,
    `/owners/${owner}`,
    `/owners/${owner}/usage?from=${iso(Date.now() - 24 * HOUR)}&to=${iso(Date.now())}`,
    `/owners/${owner}/export`,
  ])
    await get(path);
  const consumer = repositoryId("initech/deploy");
  const subscriptions = await api<List>("initech-dev", "GET", `/repositories/${consumer}/subscriptions`);
  const subscriptionId = subscriptions.items[0]?.subscriptionId;
  for (const path of [
    `/deliveries?repository=${consumer}&side=consumer`,
    `/deliveries?repository=${consumer}&side=consumer&subscription=${subscriptionId}`,
    `/connections/${subscriptionId}/stats`,
    `/connections/${subscriptionId}/diagnostics`,
    `/subscriptions/${subscriptionId}/preflight`,
  ])
    await api("initech-dev", "GET", path);
}

/** Finds what is stuck over all owners: a job, so that all is read that can be. */
async function operate({ api, github, repositoryId }: Stage, lambdas: Lambdas): Promise<void> {
  const { jobs } = openStore(lambdas.storage, { now: Date.now });
  const ownerId = String(github.control.account("acme").id);
  await jobs.enqueue(
    [{ kind: "repository", repositoryId: repositoryId(PROVIDER), ownerId, deleted: false }],
    Date.now() + 30 * MINUTE,
  );
  await api("zekt-operator", "GET", "/operations/stuck");
}

/** Exports an owner's data to a file, and fetches it where the API leads. */
async function exportToFile({ api, github, server }: Stage): Promise<void> {
  const { id } = github.control.account("acme");
  const started = await api<Record<string, string>>("acme-dev", "POST", `/owners/${id}/exports`);
  const address = `/owners/${id}/exports/${started.exportId}`;
  await until(async () => (await api<Record<string, string>>("acme-dev", "GET", address)).state === "done");
  const [app] = github.world.apps.values();
  const authorization = `Bearer ${github.control.userToken("acme-dev", app?.clientId ?? "")}`;
  const lead = await fetch(`${server.url}/api${address}/file`, {
    headers: { authorization },
    redirect: "manual",
  });
  const file = (await (await fetch(lead.headers.get("location") ?? "")).json()) as Record<string, object>;
  if (!file.usage) throw new Error(`An export is not whole: ${JSON.stringify(file).slice(0, 500)}`);
}

async function signInAndOut({ server, github }: Stage): Promise<void> {
  github.control.setSignIn("acme-dev");
  const browser = new Browser();
  await browser.open(`${server.url}/console/sign-in`);
  const session = await browser.request(`${server.url}/api/session`);
  const { csrfToken } = (await session.json()) as { csrfToken: string };
  await browser.request(`${server.url}/console/sign-out`, {
    method: "POST",
    headers: { "x-csrf-token": csrfToken, origin: server.url, "sec-fetch-site": "same-origin" },
  });
}

async function replay({ api, repositoryId }: Stage): Promise<void> {
  const { items } = await api<List>(
    "hooli-dev",
    "GET",
    `/deliveries?repository=${repositoryId("hooli/ledger")}&side=consumer`,
  );
  const [delivery] = items;
  await api("hooli-dev", "POST", `/replay/${delivery?.deliveryId}`, {});
  const job = await api<Record<string, string>>("hooli-dev", "POST", "/replay", {
    subscriptionId: delivery?.subscriptionId,
    from: iso(Date.now() - HOUR),
    to: iso(Date.now()),
    dryRun: false,
  });
  await until(
    async () =>
      (await api<Record<string, string>>("hooli-dev", "GET", `/replay/jobs/${job.jobId}`)).state === "done",
  );
}

/** Changes and takes back: settings, a workflow, a service with its subscription, what a step sends again. */
async function change({ api, repositoryId, github }: Stage, lambdas: Lambdas): Promise<void> {
  const id = repositoryId(PROVIDER);
  await api("acme-dev", "PUT", `/repositories/${id}/notifications`, {
    by: "webhook",
    url: "https://hooks.example.com/zekt",
  });
  for (const replay of [false, true])
    await api("acme-dev", "PATCH", `/owners/${github.control.account("acme").id}`, { replay });
  const path = encodeURIComponent(RELEASE);
  await api("acme-dev", "DELETE", `/repositories/${id}/workflows/${path}`);
  await api("acme-dev", "PUT", `/repositories/${id}/workflows/${path}`);
  const { serviceId } = await api<Record<string, string>>(
    "acme-dev",
    "POST",
    `/repositories/${id}/services`,
    {
      slug: "short-lived",
      workflow: RELEASE,
      visibility: "public",
      alias: "Short",
    },
  );
  await api("acme-dev", "PATCH", `/services/${serviceId}`, { description: "Not for long" });
  const { subscriptionId } = await api<Record<string, string>>(
    "initech-dev",
    "POST",
    `/repositories/${repositoryId("initech/deploy")}/subscriptions`,
    { service: serviceId },
  );
  // As where the provider is told by an issue: it says so until somebody answers.
  const { notices } = lambdas.deps.store;
  const key = { kind: "access-requested", repositoryId: id, subject: subscriptionId } as const;
  await notices.open({
    ...key,
    subscriptionId,
    at: iso(Date.now()),
    reason: "initech asks for it.",
  } as never);
  await api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  if (await notices.isOpen(key as never)) throw new Error("A request that was answered is still told of.");
  await api("initech-dev", "POST", `/subscriptions/${subscriptionId}/test-event`, {});
  await api("initech-dev", "PATCH", `/subscriptions/${subscriptionId}`, { eventTypes: ["a"] });
  await api("initech-dev", "DELETE", `/subscriptions/${subscriptionId}`);
  await api("acme-dev", "DELETE", `/services/${serviceId}`);
}

/** Stores what is past due by now: a message nobody joined, a delivery nobody made, figures of hours gone. */
async function bringByTime(stage: Stage, lambdas: Lambdas): Promise<void> {
  const long = openStore(lambdas.storage, { now: () => Date.now() - LONG });
  const hours = openStore(lambdas.storage, { now: () => Date.now() - 3 * HOUR });
  const repositoryId = stage.repositoryId(PROVIDER);
  const ownerId = String(stage.github.control.account("acme").id);
  const run = { repositoryId, runId: "1" };
  await long.runs.addMessage({
    ...run,
    ownerId,
    messageId: "message-orphaned",
    eventType: "never",
    runAttempt: 1,
    receivedAt: iso(Date.now() - LONG),
    body: "{}",
  } as never);
  await hours.meters.record([
    { scope: `owner#${ownerId}`, factId: "early", at: iso(Date.now() - 3 * HOUR), counts: { deliveries: 1 } },
  ]);
  await hours.runs.addEvent({
    ...{ repositoryId: "1", runId: "1", runAttempt: 1, eventId: "event-never-routed", ownerId },
    ...{ receivedAt: iso(Date.now() - 3 * HOUR), run: { path: RELEASE } },
  } as never);
  await storeJob(lambdas, { kind: "issue", repositoryId: "1", ownerId }, Date.now() - 3 * HOUR);
  const { deliveries, accounts, facts } = lambdas.deps.store;
  const ledgerId = stage.repositoryId("hooli/ledger");
  const ledger = await deliveries.list("consumer", ledgerId);
  const [made] = ledger.items;
  if (!made) throw new Error("hooli/ledger has no delivery.");
  const past = iso(Date.now() - MINUTE);
  const late = { ...made, isFinalized: false, confirmedAt: null, endedAt: null, dueAt: past };
  await deliveries.add({
    ...late,
    deliveryId: "delivery-never-made",
    status: "Pending",
    attempts: [],
    dueFor: "dispatch",
  } as never);
  await deliveries.add({
    ...late,
    deliveryId: "delivery-never-confirmed",
    status: "Dispatched",
    dueFor: "confirmation",
  } as never);
  // As if no step had said whose its run is, and no webhook either.
  for (const { runIds } of stage.github.control.repository("hooli/ledger").dispatches)
    for (const runId of runIds)
      await facts.remove(RUN_OWNER.of({ repositoryId: ledgerId, runId: String(runId) }));
  await accounts.scheduleRepository(repositoryId, iso(Date.now() - MINUTE));
  await lambdas.tick();
  const waiting = await deliveries.get("delivery-never-confirmed");
  if (waiting?.dueFor === "confirmation" && waiting.dueAt === past)
    throw new Error("A wait that was over was not ended.");
}

async function work(stage: Stage, lambdas: Lambdas): Promise<void> {
  const repositoryId = stage.repositoryId(PROVIDER);
  const { id } = stage.github.control.account("acme");
  const jobs = [
    { kind: "repository", repositoryId, ownerId: String(id), deleted: false },
    { kind: "file", repositoryId, ownerId: String(id), sha: null },
    // One that fails, and is tried again later.
    { kind: "track", ownerId: String(id), run: null },
  ];
  const bodies = await Promise.all(jobs.map((job) => storeJob(lambdas, job)));
  await lambdas.functions.worker.call({
    Records: bodies.map((body, n) => sqsRecord("routing", String(n), body)),
  });
}

/** Uninstalls the App from an owner of each kind, and erases what is left. */
async function erase({ github, api }: Stage, lambdas: Lambdas): Promise<void> {
  const { accounts } = lambdas.deps.store;
  for (const owner of ["globex", "acme"]) {
    const ownerId = String(github.control.account(owner).id);
    const account = await accounts.getAccount(ownerId);
    // While it is installed, GitHub tells whose it is; afterwards that is remembered for some days.
    await api(`${owner}-dev`, "GET", `/owners/${ownerId}`);
    await github.control.uninstall(Number(account?.installationId));
    await until(async () => (await accounts.getAccount(ownerId))?.installation === "none");
    await lambdas.deps.store.archive.put(`exports/${ownerId}/export-of-before.json`, "{}");
    if (owner === "globex") await api(`${owner}-dev`, "DELETE", `/owners/${ownerId}`);
    // As a job, which a large owner leaves behind.
    else
      await lambdas.functions.worker.call({
        Records: [sqsRecord("routing", "erase", await storeJob(lambdas, { kind: "erasure", ownerId }))],
      });
  }
}
