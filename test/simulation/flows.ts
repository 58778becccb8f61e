import type { ApiDeps } from "../../app/deps.ts";
import { iso, MINUTE } from "../../app/domain/clock.ts";
import { PAUSE_AFTER } from "../../app/domain/delivery/connection-state.ts";
import { replayIdOf } from "../../app/domain/ids.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import type { RunIdentity } from "../../app/github/oidc.ts";
import { decideSubscription } from "../../app/steps/catalog/decide-subscription.ts";
import { disableTracking, enableTracking } from "../../app/steps/catalog/enable-consumer.ts";
import { disableProvider, enableProvider } from "../../app/steps/catalog/enable-provider.ts";
import { setNotifications } from "../../app/steps/catalog/set-notifications.ts";
import { removeSubscription, requestSubscription } from "../../app/steps/catalog/subscribe.ts";
import { complete } from "../../app/steps/delivery/complete.ts";
import { confirm } from "../../app/steps/delivery/confirm.ts";
import { eraseOwner } from "../../app/steps/installations/erase-owner.ts";
import { receive } from "../../app/steps/intake/receive.ts";
import { startReplay } from "../../app/steps/replay/bulk-replay.ts";
import { replay } from "../../app/steps/replay/replay.ts";
import { DEPLOY, WORKFLOW } from "../../harness/world.ts";
import type { Flow, Stage } from "./ends.ts";

const consumerOf = ({ world }: Stage) => {
  const [consumer] = world.consumers;
  if (!consumer) throw new Error("There is no consumer.");
  return consumer;
};

const deliveriesOf = async (stage: Stage): Promise<Delivery[]> =>
  (
    await stage.world.observer.store.deliveries.list("consumer", consumerOf(stage).repositoryId, {
      limit: 200,
      descending: false,
    })
  ).items;

const publish =
  (minutes: number, events = 1) =>
  async (stage: Stage): Promise<void> => {
    for (let event = 0; event < events; event++) await stage.world.publish();
    await stage.pass(minutes);
  };

const identityOf = (stage: Stage, runId: string): RunIdentity => {
  const { fullName, repositoryId } = consumerOf(stage);
  return {
    repository: fullName,
    repositoryId,
    repositoryOwnerId: String(stage.world.github.control.repository(fullName).ownerId),
    runId,
    runAttempt: 1,
    eventName: "repository_dispatch",
    ref: "refs/heads/main",
    workflowRef: `${fullName}/${DEPLOY}@refs/heads/main`,
  } as RunIdentity;
};

const notify = async (stage: Stage): Promise<void> => {
  await setNotifications(stage.world.observer, consumerOf(stage).repositoryId, { by: "issue" }, "mona");
};

const message = (stage: Stage, runId: string) => (deps: ApiDeps) =>
  receive(
    deps,
    {
      repository: "acme/repo",
      repositoryId: stage.world.provider,
      repositoryOwnerId: String(stage.world.github.control.repository("acme/repo").ownerId),
      runId,
      runAttempt: 1,
      workflowRef: `acme/repo/${WORKFLOW}@refs/heads/main`,
    } as RunIdentity,
    {
      eventType: "built",
      payload: '{"version":"1.2.3"}',
      shielded: false,
      checked: [],
      idempotencyKey: null,
      workflowRunId: null,
      repositoryHeader: null,
      repository: null,
    },
  );

const standing = async (stage: Stage) => {
  const found = await stage.world.observer.store.catalog.findSubscription(consumerOf(stage).subscriptionId);
  if (!found) throw new Error("There is no subscription.");
  return found;
};

/** Confirms, by the first of two runs that begin alike, the delivery that the other seems to have. */
async function confirmOther(stage: Stage): Promise<void> {
  await publish(0.5, 2)(stage);
  const runId = String(stage.runs.all[0]?.run?.id ?? "");
  const other = (await deliveriesOf(stage)).find(
    ({ owners, dispatchedAt }) => dispatchedAt !== null && owners[DEPLOY]?.runId !== runId,
  );
  if (other && runId !== "") {
    const named = { deliveryId: other.deliveryId, correlationId: null };
    await stage.call((deps) => confirm(deps, identityOf(stage, runId), named));
  }
  await stage.pass(4);
}

/** Confirms a delivery in the moment in which its run ends. */
async function confirmAtEnd(stage: Stage): Promise<void> {
  await stage.world.publish();
  for (let tries = 0; tries < 40 && stage.runs.all[0]?.state !== "in_progress"; tries++)
    await stage.pass(0.1);
  const [one] = stage.runs.all;
  if (!one?.run) throw new Error("No run came.");
  const named = { deliveryId: one.deliveryId, correlationId: null };
  const identity = identityOf(stage, String(one.run.id));
  one.state = "completed";
  await Promise.all([
    stage.call((deps) => confirm(deps, identity, named)),
    stage.world.github.control.completeRun(one.run.id, "success"),
    stage.world.work(),
  ]);
  await stage.call((deps) => complete(deps, identity, { ...named, success: true, conclusion: "success" }));
  await stage.pass(2);
}

const plain = { consumers: ["plain"] } as const;

/** The ways of events, deliveries and subscriptions through Zekt, each from its beginning to its end. */
export const FLOWS: Flow[] = [
  { name: "default", consumers: ["default"], play: publish(2) },
  { name: "confirm and complete, followed", consumers: ["followed"], play: publish(2) },
  { name: "confirm and complete, not followed", consumers: ["speaks"], play: publish(2) },
  { name: "followed without actions", ...plain, play: publish(2) },
  { name: "followed by name", consumers: ["named"], play: publish(2) },
  { name: "ten at once", consumers: ["named", "named", "named", "named", "named"], play: publish(3, 2) },
  { name: "two at once, without actions", mayDiffer: true, ...plain, play: publish(2, 2) },
  { name: "given back", mayDiffer: true, ...plain, play: confirmOther },
  {
    name: "webhooks lost, without actions",
    ...plain,
    prepare: async ({ world }) => {
      world.github.faults.add({
        target: "webhook",
        count: -1,
        drop: "before",
        route: `^.*/repositories/${world.consumers[0]?.repositoryId}$`,
      });
    },
    durable: { confirmWithin: 60 },
    play: publish(4),
  },
  {
    name: "GitHub fails first",
    mayDiffer: true,
    consumers: ["followed"],
    prepare: async ({ world }) => {
      world.github.faults.add({ target: "api", route: "^.*/dispatches$", count: 1, status: 503 });
    },
    play: publish(4),
  },
  {
    name: "GitHub's answer is lost",
    mayDiffer: true,
    ...plain,
    prepare: async ({ world }) => {
      world.github.faults.add({ target: "api", route: "^.*/dispatches$", count: 1, drop: "after" });
    },
    play: publish(5),
  },
  {
    name: "GitHub refuses, with an issue",
    consumers: ["followed"],
    permissions: { issues: "write" },
    prepare: async (stage) => {
      await notify(stage);
      stage.world.github.faults.add({ target: "api", route: "^.*/dispatches$", count: -1, status: 422 });
    },
    play: publish(2),
  },
  {
    name: "the run fails, with an issue",
    consumers: ["followed"],
    permissions: { issues: "write" },
    habits: { failing: 1 },
    prepare: notify,
    play: publish(3),
  },
  {
    name: "the run fails and is retried",
    mayDiffer: true,
    consumers: ["followed"],
    habits: { failing: 1 },
    durable: { maxAttempts: 2, retryOnFailure: true },
    play: publish(4),
  },
  {
    name: "no run comes",
    mayDiffer: true,
    ...plain,
    isDeaf: true,
    permissions: { issues: "write" },
    prepare: notify,
    durable: { confirmWithin: 60, maxAttempts: 2 },
    play: publish(9),
  },
  { name: "confirm comes with the end", mayDiffer: true, ...plain, play: confirmAtEnd },
  {
    name: "a message, then its event",
    consumers: ["speaks"],
    play: async (stage) => {
      const run = await stage.world.github.control.startRun({ repository: "acme/repo", workflow: WORKFLOW });
      await stage.call(message(stage, String(run.id)));
      await stage.world.github.control.completeRun(run.id, "success");
      await stage.pass(2);
    },
  },
  {
    name: "an event, then its late message",
    consumers: ["default"],
    play: async (stage) => {
      const run = await stage.world.github.control.startRun({ repository: "acme/repo", workflow: WORKFLOW });
      await stage.world.github.control.completeRun(run.id, "success");
      await stage.pass(1);
      await stage.call(message(stage, String(run.id)));
      await stage.pass(1);
    },
  },
  {
    name: "replay of one",
    consumers: ["followed"],
    prepare: publish(3),
    play: async (stage) => {
      const [original] = await deliveriesOf(stage);
      if (!original) throw new Error("There is no delivery.");
      await stage.call(async (deps) => {
        const current = (await deps.store.deliveries.get(original.deliveryId)) as Delivery;
        await replay(deps, current, replayIdOf("key", original.deliveryId));
      });
      await stage.pass(2);
    },
  },
  {
    name: "replay of many",
    consumers: ["default"],
    permissions: {},
    prepare: async (stage) => {
      await publish(2, 3)(stage);
      stage.world.github.control.createAccount({ login: "mona" });
      stage.world.github.control.setRole(consumerOf(stage).fullName, "mona", "maintain");
      const now = stage.world.observer.clock.now();
      await startReplay(stage.world.observer, await standing(stage), {
        subscriptionId: consumerOf(stage).subscriptionId,
        from: iso(now - 60 * MINUTE),
        to: iso(now),
        statuses: ["Dispatched"],
        dryRun: false,
        requestedBy: "mona",
        asker: { changesConsumer: true, changesProvider: false },
      });
    },
    play: (stage) => stage.pass(2),
  },
  {
    name: "subscription",
    consumers: ["default"],
    permissions: { issues: "write" },
    prepare: async (stage) => {
      await setNotifications(stage.world.observer, stage.world.provider, { by: "issue" }, "mona");
    },
    play: async (stage) => {
      const { subscriptionId, repositoryId } = consumerOf(stage);
      const { serviceId } = await standing(stage);
      const decide = (decision: "approved" | "revoked" | "denied") =>
        stage.call((deps) => decideSubscription(deps, subscriptionId, decision, "mona"));
      await decide("revoked");
      await stage.call((deps) => requestSubscription(deps, repositoryId, { service: serviceId }, "mona"));
      await stage.pass(0.2);
      await decide("approved");
      await stage.pass(0.2);
      await stage.call((deps) =>
        removeSubscription(deps, subscriptionId, "mona").catch((error: Error) => {
          if (!/no such|not.found/i.test(error.message)) throw error;
        }),
      );
      await stage.pass(2);
    },
  },
  {
    name: "file",
    mayDiffer: true,
    consumers: ["default"],
    play: async (stage) => {
      const provider = `version: 1
provider:
  workflows: [${WORKFLOW}]
  services:
    - slug: s
      workflow: ${WORKFLOW}
      visibility: public
    - slug: other
      workflow: ${WORKFLOW}
      visibility: public
  approvals:
    - service: other
      repository: default-0/repo
      decision: approve
`;
      await stage.world.github.control.push("acme/repo", { ".github/zekt.yml": provider });
      await stage.pass(1);
      const consumer = `version: 1
consumer:
  subscriptions:
    - service: acme/repo/other
`;
      await stage.world.github.control.push("default-0/repo", { ".github/zekt.yml": consumer });
      await stage.pass(6);
    },
  },
  {
    name: "paused, and resumed",
    consumers: ["followed"],
    permissions: { issues: "write" },
    prepare: async (stage) => {
      await notify(stage);
      const { connections } = stage.world.observer.store;
      const state = await connections.get(consumerOf(stage).subscriptionId);
      await connections.replace(state, { ...state, failures: PAUSE_AFTER - 1 });
      stage.world.github.faults.add({ target: "api", route: "^.*/dispatches$", count: 1, status: 503 });
    },
    mayDiffer: true,
    play: publish(9),
  },
  {
    name: "by workflow_dispatch",
    consumers: ["plain"],
    permissions: { actions: "write" },
    prepare: async (stage) => {
      const { catalog } = stage.world.observer.store;
      await catalog.updateSubscription(await standing(stage), {
        start: "workflow_dispatch",
        workflow: DEPLOY,
      });
      await stage.world.github.control.push(consumerOf(stage).fullName, {
        [DEPLOY]:
          "name: Deploy\non:\n  workflow_dispatch:\n    inputs:\n      zekt: { type: string }\njobs: { job: { runs-on: ubuntu-latest, steps: [{ run: echo }] } }\n",
      });
    },
    play: async (stage) => {
      const { control, world } = stage.world.github;
      const find = () => [...world.runs.values()].find((run) => run.event === "workflow_dispatch");
      await stage.world.publish();
      for (let tries = 0; tries < 60 && !find(); tries++) await stage.pass(0.1);
      const run = find();
      if (!run) throw new Error("No run came.");
      await control.parts.runs.begin(run);
      await stage.pass(1);
      await control.completeRun(run.id, "success");
      await stage.pass(2);
    },
  },
  {
    name: "tracking on and off",
    consumers: ["default"],
    play: async (stage) => {
      const { repositoryId } = consumerOf(stage);
      await stage.call((deps) => enableTracking(deps, repositoryId, "mona"));
      await stage.pass(1);
      await stage.call((deps) => disableTracking(deps, repositoryId, "mona", "keep"));
      await stage.pass(1);
    },
  },
  {
    name: "provider off and on",
    consumers: ["default"],
    play: async (stage) => {
      const { provider } = stage.world;
      await stage.call((deps) => disableProvider(deps, provider, "mona"));
      await stage.pass(1);
      await stage.call((deps) => enableProvider(deps, provider, "mona"));
      await stage.pass(1);
    },
  },
  {
    name: "installed, with a file",
    consumers: ["default"],
    play: async (stage) => {
      const { control } = stage.world.github;
      control.createAccount({ login: "newcomer", type: "Organization" });
      const file = `version: 1\nconsumer:\n  subscriptions:\n    - service: acme/repo/s\n`;
      control.createRepository({ owner: "newcomer", name: "repo", files: { ".github/zekt.yml": file } });
      await control.install({ app: "zekt", account: "newcomer" });
      await stage.pass(4);
    },
    mayDiffer: true,
  },
  {
    name: "a permission is taken, and given back",
    consumers: ["default"],
    permissions: { issues: "write" },
    prepare: notify,
    play: async (stage) => {
      const { control, world } = stage.world.github;
      const { ownerId } = control.repository(consumerOf(stage).fullName);
      const installation = [...world.installations.values()].find((one) => one.accountId === ownerId);
      if (!installation) throw new Error("There is no installation.");
      const { permissions } = installation;
      await control.setPermissions(installation.id, { ...permissions, contents: "read" });
      await stage.pass(2);
      await control.setPermissions(installation.id, permissions);
      await stage.pass(8);
    },
  },
  {
    name: "transferred",
    consumers: ["default"],
    isDeaf: true,
    play: async (stage) => {
      const { control } = stage.world.github;
      control.createAccount({ login: "buyer", type: "Organization" });
      await control.install({ app: "zekt", account: "buyer" });
      const { fullName } = consumerOf(stage);
      const [owner = ""] = fullName.split("/");
      await control.transferRepository(fullName, "buyer");
      await stage.pass(2);
      await control.transferRepository("buyer/repo", owner);
      await stage.pass(4);
    },
    mayDiffer: true,
  },
  {
    name: "uninstalled and erased",
    mayDiffer: true,
    consumers: ["followed"],
    prepare: publish(3),
    play: async (stage) => {
      const { github } = stage.world;
      const ownerId = github.control.repository("followed-0/repo").ownerId;
      const installation = [...github.world.installations.values()].find((one) => one.accountId === ownerId);
      await github.control.uninstall(installation?.id as number);
      await stage.pass(6);
      await stage.call((deps) => eraseOwner(deps, String(ownerId)));
      await stage.pass(20);
    },
  },
];
