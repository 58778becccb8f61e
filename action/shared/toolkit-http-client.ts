import { mayPass, retryAfter, send } from "./http.ts";
import { Passing, retry } from "./retry.ts";

/*
 * Stands in for the toolkit's HTTP client in the bundles. The toolkit asks for ID tokens through it and
 * nothing else; what Zekt is called with does the same in a fraction of the size and start-up time.
 */

/** Holds the bearer token that the toolkit passes to its client. */
export class BearerCredentialHandler {
  readonly token: string;

  constructor(token: string) {
    this.token = token;
  }
}

/** The part of the toolkit's client that it uses to ask for ID tokens. */
export class HttpClient {
  readonly #userAgent: string;
  readonly #authorization: string;

  constructor(userAgent: string, handlers: readonly BearerCredentialHandler[]) {
    this.#userAgent = userAgent;
    this.#authorization = `Bearer ${handlers[0]?.token ?? ""}`;
  }

  async getJson<T>(url: string): Promise<{ statusCode: number; result: T | null }> {
    const { host } = new URL(url);
    const headers = {
      authorization: this.#authorization,
      accept: "application/json",
      "user-agent": this.#userAgent,
    };
    const answer = await retry(async () => {
      const answer = await send(url, { method: "GET", headers });
      if (mayPass(answer)) throw new Passing(`${host} answered ${answer.status}.`, retryAfter(answer));
      return answer;
    });
    if (answer.status !== 200) throw new Error(`${host} answered ${answer.status}.`);
    return { statusCode: answer.status, result: JSON.parse(answer.body.toString("utf8")) as T };
  }
}
