import { createRequire } from "node:module";
import { join } from "node:path";

// One instance of a function: loads its handler as Lambda does, from the unpacked artefact, and answers
// the events that come, one at a time.

/** An event, as the parent sends it. */
interface Call {
  event: unknown;
  awsRequestId: string;
  /** The milliseconds by which the function's clock is ahead of the machine's. */
  ahead: number;
  /** The value of the trace's header, which tells Lambda how often a chain went round. */
  trace: string;
}

/** A call, as Lambda tells its handler of it. */
interface Context {
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const RealDate = Date;
let ahead = 0;

/** A clock that the parent sets ahead. */
class MovedDate extends RealDate {
  constructor(...given: [] | [number | string]) {
    super(...((given.length === 0 ? [MovedDate.now()] : given) as [number]));
  }

  static override now(): number {
    return RealDate.now() + ahead;
  }
}
globalThis.Date = MovedDate as DateConstructor;
const monotonic = performance.now.bind(performance);
performance.now = () => monotonic() + ahead;

const [, , folder = "", file = "", timeout = ""] = process.argv;
const { handler } = createRequire(import.meta.url)(join(folder, file)) as { handler: Handler };

process.on("message", ({ event, awsRequestId, ...call }: Call) => {
  ahead = call.ahead;
  process.env._X_AMZN_TRACE_ID = call.trace;
  const end = performance.now() + Number(timeout) * 1000;
  handler(event, { awsRequestId, getRemainingTimeInMillis: () => end - performance.now() })
    .then((result) => process.send?.({ result }))
    .catch((error: Error) => process.send?.({ error: { name: error.name, message: error.message } }));
});
process.send?.("loaded");
