import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { StandIns } from "./stand-ins.ts";
import type { Call, Reply } from "./thread.ts";

/**
 * Opens the stand-ins in a thread of their own: what they do takes as long as all the rest of the process,
 * and webhooks are answered meanwhile. The process ends with the thread where that fails.
 */
export async function openStandInsThread(dataDir: string): Promise<StandIns> {
  const thread = new Worker(new URL("./thread.ts", import.meta.url), { workerData: dataDir });
  // Until it is up, whoever starts it is told.
  await once(thread, "message");
  thread.on("error", (error) => {
    throw error;
  });
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  let calls: Call[] = [];
  let nextId = 1;
  thread.on("message", (replies: Reply[]) => {
    for (const reply of replies) {
      const answer = asked.get(reply.id);
      asked.delete(reply.id);
      if ("error" in reply) answer?.reject(new Error(reply.error));
      else answer?.resolve(reply.value);
    }
  });
  let ended = false;
  const call = async (name: keyof StandIns, argument?: unknown): Promise<never> => {
    if (ended) throw new Error("The embedded AWS has ended.");
    const answer = Promise.withResolvers<unknown>();
    const id = nextId++;
    asked.set(id, answer);
    // What is asked in one turn of the event loop goes over together.
    if (calls.length === 0)
      setImmediate(() => {
        thread.postMessage(calls);
        calls = [];
      });
    calls.push({ id, name, argument });
    return (await answer.promise) as never;
  };
  return {
    dynamodb: (request) => call("dynamodb", request),
    sqs: (request) => call("sqs", request),
    put: (object) => call("put", object),
    http: (request) => call("http", request),
    inFlight: (queueName) => call("inFlight", queueName),
    async close() {
      const exit = once(thread, "exit");
      const closed = call("close");
      ended = true;
      await closed;
      await exit;
    },
  };
}
