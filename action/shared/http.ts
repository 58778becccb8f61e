import { Passing } from "./retry.ts";

/** One request's time limit, in milliseconds. */
const REQUEST_LIMIT = 15_000;

export interface Answer {
  status: number;
  headers: Headers;
  /** The body's exact bytes. */
  body: Buffer;
}

/**
 * Sends one request by the runtime's own fetch.
 *
 * @throws Passing for network errors, 429 and 5xx, which are worth trying again
 */
export async function send(url: string, init: RequestInit): Promise<Answer> {
  const { host } = new URL(url);
  let answer: Answer;
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(REQUEST_LIMIT) });
    answer = {
      status: response.status,
      headers: response.headers,
      body: Buffer.from(await response.arrayBuffer()),
    };
  } catch (error) {
    const { cause, name, message } = error as Error & { cause?: { code?: string; message?: string } };
    const why =
      name === "TimeoutError"
        ? `no answer within ${REQUEST_LIMIT / 1000} s`
        : (cause?.code ?? cause?.message ?? message);
    throw new Passing(`${host} could not be reached (${why}).`);
  }
  if (answer.status === 429 || answer.status >= 500) {
    const after = Number(answer.headers.get("retry-after"));
    throw new Passing(`${host} answered ${answer.status}.`, after > 0 ? after * 1000 : null);
  }
  return answer;
}
