#!/usr/bin/env bash
# bullmq 6.7.0: a flow takes a job that has a parent already, and its own parent then waits for ever.
#
# Guess written down first: a job with an id that exists is not added again. If it is a child of a new flow, the new
# parent gets the result it has, or has later, and goes on; or the flow is refused, as a job has one parent.
#
# Behaviour: that is so of a job that was added alone: it becomes a child, and where it is completed the parent runs at
# once with its result. A job that a flow brought keeps its first parent, also when that is long completed. The second
# flow is added without an error. Its parent stays in "waiting-children", and names no child for which it waits. The
# same by `Queue.add` with `parent` is refused, with the reason in words.
#
# Why it matters here: an id per commit or per delivery is the documented way to do work once, and a flow per event that
# shares such a step is its natural use. The second event of a commit, or the same flow sent anew after a timeout with
# new ids above, is kept and never done; no event, failure or metric shows it but the count of "waiting-children". Give
# a child's id its parent's, or add the shared step alone before. Zekt has no job with two parents.
# Source of the rule: "Flows" in BullMQ's guide: once all children are completed, the parent is processed;
# taskforcesh/bullmq issue 1021: one parent a job.
#
# Needs `redis-server`; seen with Debian's 7.0.
# Output seen on 2026-11-29 (the parent's state; what it read from its child or waits for):
#   child added alone and completed: completed; [7]
#   child of no flow before: completed; [7]
#   child of a completed flow: waiting-children; 0 unprocessed
#   child of a flow not yet begun: waiting-children; 0 unprocessed
#   by Queue.add: The parent job … cannot be replaced. addJob
set -euo pipefail
folder=$(mktemp -d)
end() { [ -z "${server:-}" ] || kill "$server"; rm -rf "$folder"; }
trap end EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error bullmq@6.7.0 ioredis@6.0.0
redis-server --port 0 --unixsocket "$folder/redis.sock" --save "" > /dev/null & server=$!
for _ in $(seq 50); do [ -S redis.sock ] && break; sleep 0.1; done
cat > run.mjs <<'JS'
import { setTimeout as sleep } from "node:timers/promises";
import { FlowProducer, Queue, Worker } from "bullmq";
const connection = { path: `${process.cwd()}/redis.sock`, maxRetriesPerRequest: null };
const queueName = "steps";
const queue = new Queue(queueName, { connection });
const flows = new FlowProducer({ connection });
const read = new Map();
async function work(job) {
  if (job.name === "child") return 7;
  read.set(job.id, Object.values(await job.getChildrenValues()));
}
const worker = new Worker(queueName, work, { connection });
await worker.waitUntilReady();
const startFlow = (jobId) =>
  flows.add({ name: "parent", queueName, children: [{ name: "child", queueName, opts: { jobId } }] });
async function outcome({ job }) {
  for (let tries = 0; tries < 30 && (await job.getState()) !== "completed"; tries += 1) await sleep(100);
  const state = await job.getState();
  if (state === "completed") return `${state}; ${JSON.stringify(read.get(job.id))}`;
  return `${state}; ${(await job.getDependencies()).unprocessed.length} unprocessed`;
}
const lines = [];
const alone = await queue.add("child", {}, { jobId: "alone" });
while ((await alone.getState()) !== "completed") await sleep(50);
lines.push(`child added alone and completed: ${await outcome(await startFlow("alone"))}`);
lines.push(`child of no flow before: ${await outcome(await startFlow("shared"))}`);
const second = await startFlow("shared");
lines.push(`child of a completed flow: ${await outcome(second)}`);
await queue.pause();
await startFlow("early");
const other = await startFlow("early");
await queue.resume();
lines.push(`child of a flow not yet begun: ${await outcome(other)}`);
const parent = { id: second.job.id, queue: queue.qualifiedName };
const refused = await queue.add("child", {}, { jobId: "shared", parent }).then(() => "added", (error) => error.message);
lines.push(`by Queue.add: ${refused.replace(/job \S+ /, "job … ")}`);
console.log(lines.join("\n"));
const expected = `child added alone and completed: completed; [7]
child of no flow before: completed; [7]
child of a completed flow: waiting-children; 0 unprocessed
child of a flow not yet begun: waiting-children; 0 unprocessed
by Queue.add: The parent job … cannot be replaced. addJob`;
await Promise.all([worker.close(), flows.close(), queue.close()]);
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
