import { Session } from "node:inspector/promises";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { until } from "../harness/stage.ts";
import {
  callAs,
  deliveriesTo,
  dispatchesTo,
  publish,
  startDispatchedRun,
  startDurableWorld,
  tokenOf,
} from "../harness/world.ts";

/*
 * Counts the files of `app/` in which something is called while Zekt carries a webhook to its dispatch, confirms a
 * delivery, changes a subscription, and follows a run of a consumer. `npm run paths` prints them, `-- --list` with
 * their names.
 *
 * Each path ends once Zekt has worked all queue messages that it caused, and none begins before. The webhook of a
 * consumer's run leaves a message, whose work follows the run. It is a path of its own: a confirm causes none of it.
 */

/** Names a reader at the caller's side understands by its docstring: the store behind its port, and generic parts. */
const BEHIND_A_NAME = /^(?:store|log|main|http\/kit)\/|^domain\/(?:clock|ids)\.ts$/;

/** Functions of SQLite's adapter that this script calls, to know when a path has ended: they belong to none. */
const ASKED_HERE = new Set(["countWork", "queueStats", "dueStats", "count", "#promote"]);

const isAskedHere = (url: string, name: string): boolean =>
  url.includes("/store/sqlite/") && ASKED_HERE.has(name);

const app = new URL("../app/", import.meta.url).href;
const list = process.argv.includes("--list");

const session = new Session();
session.connect();
await session.post("Profiler.enable");
const world = await startDurableWorld();
const { control } = world.github;

/** Waits until GitHub has sent its webhooks, and Zekt has worked what is to be worked now. */
async function settled(): Promise<void> {
  await control.idle();
  await until(async () => {
    const { queues = [] } = (await world.server.storage.countWork?.()) ?? {};
    return queues.length > 0 && queues.every(({ ready, working }) => ready + working === 0);
  });
}

/** Runs something and returns the files of `app/` with a function that was called until all of it was worked. */
async function filesOf(doing: () => Promise<unknown>): Promise<string[]> {
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await session.post("Profiler.takePreciseCoverage");
  await doing();
  await settled();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  return result
    .filter(({ url }) => url.startsWith(app))
    .filter(({ url, functions }) =>
      functions.some(
        ({ functionName: name, ranges }) =>
          name !== "" && !isAskedHere(url, name) && ranges.some(({ count }) => count > 0),
      ),
    )
    .map(({ url }) => relative(fileURLToPath(app), fileURLToPath(url)))
    .sort();
}

const dispatched = () => dispatchesTo(world, "initech/consumer").length;
await publish(world);
await until(() => dispatched() === 1);
await settled();

const paths: Record<string, string[]> = {};
paths["webhook to dispatch"] = await filesOf(async () => {
  await publish(world);
  await until(() => dispatched() === 2);
});

const started: { id: number }[] = [];
const tracking = await filesOf(async () => {
  started.push(await startDispatchedRun(world, "initech/consumer"));
});
const [first] = await deliveriesTo(world, world.consumer);
const token = await tokenOf(world, started[0]?.id as number);
paths.confirm = await filesOf(async () => {
  const answer = await callAs(world, token, "POST", "/event-delivery/confirm", {
    deliveryId: first?.deliveryId,
  });
  if (answer.status !== 200)
    throw new Error(`the confirmation was answered ${answer.status}: ${answer.text}`);
});
paths["change of a subscription"] = await filesOf(async () => {
  await world.api("initech-dev", "PATCH", `/subscriptions/${world.subscriptionId}`, {
    eventTypes: ["built", "shipped"],
  });
});
paths["webhook of a consumer's run to its delivery"] = tracking;
for (const [path, files] of Object.entries(paths)) {
  const deciding = files.filter((file) => !BEHIND_A_NAME.test(file));
  process.stdout.write(
    `${path}: ${files.length} files, ${deciding.length} of them with rules of this path\n`,
  );
  if (list)
    for (const file of files) process.stdout.write(`  ${BEHIND_A_NAME.test(file) ? "  " : "* "}${file}\n`);
}
await world.close();
process.exit(0);
