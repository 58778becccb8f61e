import { zektAddress } from "./address.ts";
import { type Answer, mayPass, retryAfter, send } from "./http.ts";
import { idToken } from "./id-token.ts";
import { sentenceOf } from "./problem.ts";
import { Passing, retry } from "./retry.ts";
import { StepError } from "./step-error.ts";

interface Call {
  method: "GET" | "POST";
  path: string;
  body?: object;
  /** The `payload` member of the body, as JSON. */
  payload?: string;
  headers?: Record<string, string>;
  /** The audience of the token; without one, the origin of Zekt's address. */
  audience?: string;
}

/** The result of a call, and the number of requests it made. */
export interface Called {
  host: string;
  answer: Answer;
  attempts: number;
}

/**
 * Calls Zekt with a fresh token for each request, again while it may pass.
 *
 * @throws StepError with what Zekt answered, in one sentence
 */
export async function callZekt({ method, path, body, payload, headers, audience }: Call): Promise<Called> {
  const address = zektAddress();
  const { host, origin } = new URL(address);
  const content = body && contentOf(body, payload);
  let attempts = 0;
  const answer = await retry(async (attempt) => {
    attempts = attempt;
    const token = await idToken(audience || origin);
    const answer = await send(`${address}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: "application/json",
        "user-agent": "zekt-action",
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      body: content,
    });
    if (mayPass(answer)) throw new Passing(sentenceOf(host, answer), retryAfter(answer));
    return answer;
  });
  if (answer.status < 200 || answer.status > 299) throw new StepError(sentenceOf(host, answer));
  return { host, answer, attempts };
}

function contentOf(body: object, payload?: string): string {
  const json = JSON.stringify(body);
  return payload === undefined ? json : `${json.slice(0, -1)},"payload":${payload}}`;
}

/**
 * The JSON object of an answer, which names something by `id`.
 *
 * @throws StepError where it is another's answer than Zekt's
 */
export function jsonOf<T extends object>({ host, answer }: Called, id: keyof T): T {
  try {
    const json = JSON.parse(answer.body.toString("utf8")) as T;
    if (typeof json[id] === "string") return json;
  } catch {
    // Not JSON, or not an object: told below.
  }
  throw new StepError(`${host} answered ${answer.status}, but not as Zekt does: check zekt-api-url.`);
}
