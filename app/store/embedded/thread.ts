import { parentPort, workerData } from "node:worker_threads";
import { openStandIns, type StandIns } from "./stand-ins.ts";

/** What one thread asks of the other, and what it is answered; several of them to a message. */
export interface Call {
  id: number;
  name: keyof StandIns;
  argument: unknown;
}
export type Reply = { id: number; value: unknown } | { id: number; error: string };

// The stand-ins in a thread of their own. That they are up is what it says first; a call of `close` ends it.
const port = parentPort;
if (!port) throw new Error("This file is a thread of the server's; it is not run by itself.");
const standIns = await openStandIns(workerData as string);
let replies: Reply[] = [];

function reply(one: Reply): void {
  // What is stored by one fsync is answered together.
  if (replies.length === 0)
    setImmediate(() => {
      port?.postMessage(replies);
      replies = [];
    });
  replies.push(one);
}

async function serve({ id, name, argument }: Call): Promise<void> {
  try {
    reply({ id, value: await standIns[name](argument as never) });
  } catch (error) {
    reply({ id, error: (error as Error).message });
  }
  if (name === "close") setImmediate(() => port?.close());
}

port.on("message", (calls: Call[]) => {
  for (const call of calls) void serve(call);
});
port.postMessage("up");
