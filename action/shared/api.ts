import { getInput, info } from "@actions/core";
import { type Answer, send } from "./http.ts";
import { idToken } from "./id-token.ts";
import { Passing, retry } from "./retry.ts";
import { StepError } from "./step-error.ts";

/** Where Zekt answers: the input, else the variable; without a trailing slash or `/api`. */
export function apiOrigin(): string {
  const given = getInput("zekt-api-url") || process.env.ZEKT_API_URL || "";
  if (given === "") {
    throw new StepError(
      "Where Zekt answers is not set: give the input zekt-api-url, or the variable ZEKT_API_URL.",
    );
  }
  if (!URL.canParse(given)) throw new StepError(`zekt-api-url is not an address: ${given}`);
  const url = new URL(given);
  const local = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && local)) {
    throw new StepError(`zekt-api-url must be https, as the token goes there: ${given}`);
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/api$/, "")}`;
}

interface Request {
  method: "GET" | "POST";
  path: string;
  body?: object;
  headers?: Record<string, string>;
  audience?: string;
}

/** What an API call came to, and how many requests it took. */
export interface Called {
  answer: Answer;
  attempts: number;
}

/**
 * Calls Zekt with a fresh token for each request, again while it may pass.
 *
 * @throws StepError with what Zekt answered, in one sentence
 */
export async function callZekt({ method, path, body, headers, audience }: Request): Promise<Called> {
  const origin = apiOrigin();
  let attempts = 0;
  try {
    const answer = await retry(async () => {
      attempts += 1;
      const token = await idToken(audience || new URL(origin).origin);
      return await send(`${origin}/api${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          accept: "application/json",
          "user-agent": "zekt-action",
          ...(body ? { "content-type": "application/json" } : {}),
          ...headers,
        },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    }, info);
    if (answer.status >= 400) throw new StepError(sentence(answer));
    return { answer, attempts };
  } catch (error) {
    if (!(error instanceof Passing)) throw error;
    throw new StepError(
      `Zekt did not take it after ${attempts} attempt${attempts === 1 ? "" : "s"}: ${error.message}`,
      { cause: error },
    );
  }
}

/** Says an RFC 9457 problem in one sentence. */
function sentence({ status, body }: Answer): string {
  try {
    const {
      title,
      detail,
      errors = [],
    } = JSON.parse(body.toString("utf8")) as {
      title?: string;
      detail?: string;
      errors?: { pointer: string; detail: string }[];
    };
    const where = errors.map((error) => `${error.pointer || "/"} ${error.detail}`).join("; ");
    if (title) return `Zekt answered ${status} ${title}: ${detail ?? ""}${where ? ` (${where})` : ""}`;
  } catch {
    // Not a problem document; the status has to do.
  }
  return `Zekt answered ${status}.`;
}

/** The JSON of an answer. */
export const jsonOf = <T>({ body }: Answer): T => JSON.parse(body.toString("utf8")) as T;
