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
 * Counts the files of `app/` in which something is called while Zekt does three things: carries a webhook to its
 * dispatch, confirms a delivery, changes a subscription. `npm run paths` prints them, `-- --list` with their names.
 */

const app = new URL("../app/", import.meta.url).href;
const list = process.argv.includes("--list");

const session = new Session();
session.connect();
await session.post("Profiler.enable");
const world = await startDurableWorld();

/** Runs something and returns the files of `app/` with a function that was called meanwhile. */
async function filesOf(doing: () => Promise<unknown>): Promise<string[]> {
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await session.post("Profiler.takePreciseCoverage");
  await doing();
  const { result } = await session.post("Profiler.takePreciseCoverage");
  await session.post("Profiler.stopPreciseCoverage");
  return result
    .filter(({ url }) => url.startsWith(app))
    .filter(({ functions }) =>
      functions.some((f) => f.functionName !== "" && f.ranges.some((r) => r.count > 0)),
    )
    .map(({ url }) => relative(fileURLToPath(app), fileURLToPath(url)))
    .sort();
}

const dispatched = () => dispatchesTo(world, "initech/consumer").length;
const { control } = world.github;
await publish(world);
await until(async () => dispatched() === 1);
await control.idle();

const runs = filesOf(async () => {
  await publish(world);
  await until(async () => dispatched() === 2);
  await control.idle();
});
const paths: Record<string, string[]> = { "webhook to dispatch": await runs };

const [first] = await deliveriesTo(world, world.consumer);
const run = await startDispatchedRun(world, "initech/consumer");
await control.idle();
const token = await tokenOf(world, run.id);
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
/** Names a reader at the caller's side understands by its docstring: the store behind its port, and generic parts. */
const BEHIND_A_NAME = /^(?:store|log|main|http\/kit)\/|^domain\/(?:clock|ids)\.ts$/;
for (const [path, files] of Object.entries(paths)) {
  const deciding = files.filter((file) => !BEHIND_A_NAME.test(file));
  process.stdout.write(
    `${path}: ${files.length} files, ${deciding.length} of them with rules of this path\n`,
  );
  if (list) for (const file of files) process.stdout.write(`  ${file}\n`);
}
await world.close();
process.exit(0);
