import { createRequire } from "node:module";
import { join } from "node:path";

// One instance of a function: loads its handler as Lambda does, from the unpacked artefact, and answers
// the events that come, one at a time.

/** An event, as the parent sends it. */
interface Call {
  event: unknown;
  awsRequestId: string;
}

type Handler = (event: unknown, context: { awsRequestId: string }) => Promise<unknown>;

const [, , folder = "", file = ""] = process.argv;
const { handler } = createRequire(import.meta.url)(join(folder, file)) as { handler: Handler };

process.on("message", ({ event, awsRequestId }: Call) => {
  handler(event, { awsRequestId })
    .then((result) => process.send?.({ result }))
    .catch((error: Error) => process.send?.({ error: { name: error.name, message: error.message } }));
});
process.send?.("loaded");
