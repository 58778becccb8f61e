import { existsSync } from "node:fs";
import { Agent, type IncomingHttpHeaders, request } from "node:http";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";

// One instance of a function: loads its handler as Lambda's runtime does, from the unpacked artefact, and works the
// calls that Lambda hands out, one at a time. It is as strict as Amazon's own client, and prints as much.

/** A call, as the runtime tells its handler of it. */
interface Context {
  awsRequestId: string;
  getRemainingTimeInMillis(): number;
}

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const { AWS_LAMBDA_RUNTIME_API, LAMBDA_TASK_ROOT = "", _HANDLER = "" } = process.env;

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** Asks Lambda, and answers with what it says, whatever the status. */
async function ask(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: string }> {
  const json = body === undefined ? undefined : JSON.stringify(body);
  const url = `http://${AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime${path}`;
  const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<typeof ask>>>();
  request(url, { method, agent, headers: json ? { "content-length": Buffer.byteLength(json) } : {} })
    .on("response", (response) => {
      const { statusCode: status = 0, headers } = response;
      text(response).then((said) => resolve({ status, headers, body: said }), reject);
    })
    .on("error", reject)
    .end(json);
  return await promise;
}

/** Prints a failure in the one line that a runtime makes of it, with what the error holds besides its message. */
function report(kind: string, id: string, error: unknown): { errorType: string; errorMessage: string } {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const told = { errorType: name, errorMessage: message };
  const line = JSON.stringify({ ...told, ...(error as object), stack: stack?.split("\n") });
  console.error(`${new Date().toISOString()}\t${id}\tERROR\t${kind}\t${line}`);
  return told;
}

/** Finds the handler by Lambda's rules: a file of that name, or with one of the known ends, and an export of it. */
async function loadHandler(): Promise<Handler> {
  const [file = "", name = ""] = basename(_HANDLER).split(/\.(.*)/s);
  const path = join(LAMBDA_TASK_ROOT, dirname(_HANDLER), file);
  const found = ["", ".js", ".mjs", ".cjs"].map((end) => path + end).find((one) => existsSync(one));
  if (!found) throw new Error(`There is no ${path}.`);
  const loaded = (await import(pathToFileURL(found).href)) as Record<string, unknown>;
  const handler = loaded[name] ?? (loaded.default as Record<string, unknown> | undefined)?.[name];
  if (typeof handler !== "function") throw new Error(`${_HANDLER} is no function.`);
  if (handler.length > 2) throw new Error(`${_HANDLER} expects a callback, which Node.js 24 has no more.`);
  return handler as Handler;
}

async function workCall(handler: Handler): Promise<void> {
  const { headers, body } = await ask("GET", "/invocation/next");
  const awsRequestId = String(headers["lambda-runtime-aws-request-id"]);
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  process.env._X_AMZN_TRACE_ID = String(headers["lambda-runtime-trace-id"]);
  const context = { awsRequestId, getRemainingTimeInMillis: () => deadline - Date.now() };
  try {
    const result = await handler(JSON.parse(body), context);
    await setImmediate();
    const path = `/invocation/${awsRequestId}/response`;
    const answer = await ask("POST", path, result === undefined ? null : result);
    // Nobody else hears of it, the handler least of all.
    if (answer.status >= 300) console.error(`[ERROR] Answer refused: ${answer.status} ${answer.body}`);
  } catch (error) {
    await ask("POST", `/invocation/${awsRequestId}/error`, report("Invoke Error", awsRequestId, error));
  }
}

try {
  const handler = await loadHandler();
  for (;;) await workCall(handler);
} catch (error) {
  await ask("POST", "/init/error", report("Init Error", "-", error));
  process.exit(1);
}
