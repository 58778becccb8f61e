import { type Logger, pino } from "pino";
import type { ApiDeps } from "../app/deps.ts";
import type { Delivery } from "../app/domain/records/delivery.ts";
import type { Storage } from "../app/store/ports.ts";
import { openStore } from "../app/store/store.ts";
import type { Run } from "../fake-github/state.ts";
import { type Stage, type StageOptions, setStage, until } from "./stage.ts";

/** A GitHub and a Zekt with a provider and a consumer on it, ready for a test. */
export interface World extends Stage {
  /** Ids of acme/provider and initech/consumer. */
  provider: string;
  consumer: string;
  serviceId: string;
  subscriptionId: string;
}

export const WORKFLOW = ".github/workflows/release.yml";

export const workflowFile = (name: string): string => `name: ${name}
on: push
permissions:
  id-token: write
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
      - run: echo hello
`;

export const silent = pino({ level: "silent" });

/** Makes an account with a repository and a maintainer (`<owner>-dev`), and installs the App there. */
export async function bringOn(
  stage: Stage,
  fullName: string,
  options: { private?: boolean; files?: Record<string, string> } = {},
): Promise<string> {
  const [owner, name] = fullName.split("/") as [string, string];
  const { control, world } = stage.github;
  control.createAccount({ login: owner, type: "Organization" });
  control.createAccount({ login: `${owner}-dev` });
  control.createRepository({
    owner,
    name,
    private: options.private ?? false,
    files: options.files ?? { [WORKFLOW]: workflowFile("Release") },
    collaborators: { [`${owner}-dev`]: "maintain" },
  });
  const app = [...world.apps.values()][0];
  const known = world.installationOf(app?.id ?? 0, control.account(owner).id);
  if (!known) await control.install({ app: app?.slug ?? "", account: owner });
  else await control.changeRepositories(known.id, { add: [fullName] });
  const id = stage.repositoryId(fullName);
  await until(async () => (await stage.server.deps.store.accounts.getRepository(id))?.reachable === true);
  return id;
}

/** A consumer's workflow that listens to some types, and uses no action of Zekt's where no steps are given. */
export const listeningWorkflow = (
  types: readonly string[],
  head = "",
  steps: readonly string[] = ["run: echo hello"],
): string => `name: Deploy
${head}on:
  repository_dispatch:
    types: [${types.join(", ")}]
permissions:
  id-token: write
jobs:
  job:
    runs-on: ubuntu-latest
    steps:
${steps.map((step) => `      - ${step}\n`).join("")}`;

/** The steps of a consumer's workflow that uses the confirm and the complete action. */
export const BY_ACTIONS = [
  "uses: zekt-dev-org/zekt-action/action/confirm@v1",
  "uses: zekt-dev-org/zekt-action/action/complete@v1",
];

export const DEPLOY = ".github/workflows/deploy.yml";

/** The default settings of durable delivery. */
export const DURABLE = { confirmWithin: 600, completeWithin: 21_600, maxAttempts: 8, retryOnFailure: false };

/** As {@link startWorld}, with the consumer's runs followed and its subscription durable; its deploy workflow listens. */
export async function startDurableWorld(
  durable: Partial<typeof DURABLE> = {},
  files: Record<string, string> = { [DEPLOY]: listeningWorkflow(["built", "zekt-workflow-completed"]) },
  storage?: Storage,
): Promise<World> {
  return await startWorld(
    {},
    { durable: { ...DURABLE, ...durable } },
    { files, tracking: true },
    silent,
    storage ? { storage } : {},
  );
}

/** Starts a run of a consumer's workflow, as the App's dispatch does; left queued where asked. */
export async function startDispatchedRun(
  world: Stage,
  repository: string,
  options: { workflow?: string; title?: string; queued?: boolean } = {},
): Promise<Run> {
  const { parts } = world.github.control;
  const { workflow = DEPLOY, title, queued = false } = options;
  const bot = [...parts.world.accounts.values()].find(({ login }) => login === "zekt-demo[bot]");
  return await parts.runs.start({
    repository: world.github.control.repository(repository),
    workflow,
    event: "repository_dispatch",
    queued,
    ...(bot ? { actor: bot } : {}),
    ...(title === undefined ? {} : { displayTitle: title }),
  });
}

/** A provider's run from start to end, with a message of a type where one is given. */
export async function publish(world: Stage, eventType?: string): Promise<string> {
  const { control } = world.github;
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  if (eventType !== undefined) await sendMessage(world, run.id, eventType, { n: run.id });
  await control.completeRun(run.id, "success");
  return String(run.id);
}

/** Zekt as it will be after some milliseconds. */
export const zektAfter = (world: Stage, ms: number): ApiDeps => {
  const { deps, storage } = world.server;
  const clock = { now: () => Date.now() + ms };
  return { ...deps, clock, store: openStore(storage, clock) };
};

/** Every delivery to a repository, oldest first. */
export const deliveriesTo = async (world: Stage, repositoryId: string): Promise<Delivery[]> =>
  (await world.server.deps.store.deliveries.list("consumer", repositoryId, { descending: false })).items;

/** Starts both sides and lets acme/provider offer its release workflow to initech/consumer. */
export async function startWorld(
  service: object = {},
  subscription: object = {},
  consumerOptions: { files?: Record<string, string>; tracking?: boolean } = {},
  log: Logger = silent,
  options: Pick<StageOptions, "storage" | "settings"> = {},
): Promise<World> {
  const stage = await setStage({ log, ...options });
  stage.github.world.settings.runWorkflows = false;
  const provider = await bringOn(stage, "acme/provider");
  const { tracking = false, ...consumerFiles } = consumerOptions;
  const consumer = await bringOn(stage, "initech/consumer", consumerFiles);
  await stage.api("acme-dev", "PATCH", `/repositories/${provider}`, { provider: true });
  await stage.github.control.idle();
  await stage.api("acme-dev", "PUT", `/repositories/${provider}/workflows/${encodeURIComponent(WORKFLOW)}`);
  const { serviceId } = await stage.api<{ serviceId: string }>(
    "acme-dev",
    "POST",
    `/repositories/${provider}/services`,
    {
      slug: "releases",
      workflow: WORKFLOW,
      visibility: "public",
      ...service,
    },
  );
  await stage.api("initech-dev", "PATCH", `/repositories/${consumer}`, {
    consumer: true,
    ...(tracking ? { tracking } : {}),
  });
  const { subscriptionId } = await stage.api<{ subscriptionId: string }>(
    "initech-dev",
    "POST",
    `/repositories/${consumer}/subscriptions`,
    {
      service: serviceId,
      ...subscription,
    },
  );
  await stage.api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  return { ...stage, provider, consumer, serviceId, subscriptionId };
}

/** A token of a run, signed by GitHub, with claims overridden where the test wants it. */
export async function tokenOf(
  world: Stage,
  runId: number,
  claims: Record<string, unknown> = {},
  audience?: string,
): Promise<string> {
  const { runs, oidc } = world.github.control.parts;
  const run = runs.find(runId);
  return await oidc.sign(
    { ...oidc.claims(run, runs.latest(run).attempt), ...claims },
    audience ?? world.server.url,
  );
}

/** Calls an endpoint for workflow steps. */
export async function callAs(
  world: Stage,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${world.server.url}/api${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = text.startsWith("{") ? (JSON.parse(text) as Record<string, unknown>) : null;
  return {
    status: response.status,
    type: response.headers.get("content-type"),
    json,
    text,
    headers: response.headers,
  };
}

/** Sends a message from a run in progress. */
export const sendMessage = async (
  world: Stage,
  runId: number,
  eventType: string,
  payload: unknown,
  headers: Record<string, string> = {},
) =>
  await callAs(
    world,
    await tokenOf(world, runId),
    "POST",
    "/events/receive",
    { eventType, payload, workflowRunId: String(runId) },
    headers,
  );

/** Dispatches that a repository received. */
export const dispatchesTo = (world: Stage, fullName: string) =>
  world.github.control.repository(fullName).dispatches;

/** Returns the `zekt` object of a dispatch's client payload. */
export const zektOf = (
  dispatch: { clientPayload: Record<string, unknown> } | undefined,
): Record<string, unknown> => (dispatch?.clientPayload.zekt ?? {}) as Record<string, unknown>;
