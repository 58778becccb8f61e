import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import {
  DEPLOY,
  deliveriesTo,
  dispatchesTo,
  listeningWorkflow,
  publish,
  startDurableWorld,
  type World,
} from "../../../harness/world.ts";

/*
 * Consumers' workflows whose runs and jobs wait in concurrency groups, as GitHub runs them: one that gives way to a
 * newer one ends as cancelled, whether it had begun or not.
 */

let world: World;
/** Where jobs say that they have begun, and look whether they may end. */
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-groups-"));
});
afterEach(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

const CONSUMER = "initech/consumer";
const NAMED = `run-name: "Deploy \${{ github.event.client_payload.zekt.deliveryId }}"\n`;
const PLAIN = "group: deploy";
const CANCELLING = "group: deploy, cancel-in-progress: true";
const ALL = "group: deploy, queue: max";

const base = listeningWorkflow(["zekt-workflow-completed"], NAMED);
const ofRun = (group: string) => base.replace("jobs:", `concurrency: { ${group} }\njobs:`);
const ofJob = (group: string) => base.replace("runs-on:", `concurrency: { ${group} }\n    runs-on:`);

/**
 * Publishes three events, each once the run of the one before is there. Their jobs end once so many runs were cancelled
 * as have to be. Returns how their deliveries ended.
 */
async function endsOf(workflow: string, cancelled: number, durable = {}): Promise<string[]> {
  const script = `touch '${folder}/begun'; until [ -e '${folder}/open' ]; do sleep 0.05; done`;
  const file = workflow.replace("echo hello", script);
  expect(file).toContain(script);
  world = await startDurableWorld(durable, { [DEPLOY]: file });
  world.github.world.settings.runWorkflows = true;
  const { runs } = world.github.control.parts;
  const isCancelled = (id: number): boolean => runs.latest(runs.find(id)).conclusion === "cancelled";
  const started = (): number[] => dispatchesTo(world, CONSUMER).flatMap(({ runIds }) => runIds);
  for (let n = 1; n <= 3; n++) {
    await publish(world);
    await until(() => started().length >= n && existsSync(join(folder, "begun")));
  }
  await until(() => started().filter(isCancelled).length === cancelled);
  writeFileSync(join(folder, "open"), "");
  await until(async () => {
    const deliveries = await deliveriesTo(world, world.consumer);
    return deliveries.length === 3 && deliveries.every(({ isFinalized }) => isFinalized);
  });
  return (await deliveriesTo(world, world.consumer)).map(
    ({ status, conclusion }) => `${status} ${conclusion}`,
  );
}

const SUCCESS = "Completed success";
const CANCELLED = "Failed cancelled";

test.each([
  ["of a workflow", ofRun(PLAIN), [SUCCESS, CANCELLED, SUCCESS]],
  ["of a job", ofJob(PLAIN), [SUCCESS, CANCELLED, SUCCESS]],
  ["of a workflow that cancels what is in progress", ofRun(CANCELLING), [CANCELLED, CANCELLED, SUCCESS]],
  ["of a job that cancels what is in progress", ofJob(CANCELLING), [CANCELLED, CANCELLED, SUCCESS]],
  ["of a workflow in which all wait", ofRun(ALL), [SUCCESS, SUCCESS, SUCCESS]],
  ["of a job in which all wait", ofJob(ALL), [SUCCESS, SUCCESS, SUCCESS]],
])("in a group %s each delivery ends as its run does", { timeout: 20_000 }, async (_, workflow, ends) => {
  expect(await endsOf(workflow, ends.filter((end) => end === CANCELLED).length)).toEqual(ends);
});

test("a run that was cancelled is not dispatched again, so that it cancels no newer one in its turn", {
  timeout: 20_000,
}, async () => {
  const ends = await endsOf(ofRun(CANCELLING), 2, { retryOnFailure: true });
  expect(ends).toEqual([CANCELLED, CANCELLED, SUCCESS]);
  expect(dispatchesTo(world, CONSUMER)).toHaveLength(3);
});
