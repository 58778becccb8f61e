import { send } from "./http.ts";
import { retry } from "./retry.ts";

/*
 * Stands in for the toolkit's HTTP client in the bundles. The toolkit asks for ID tokens through it and
 * nothing else; the runtime's fetch does the same in a fraction of the size and start-up time.
 */

/** How the toolkit hands its bearer token over. */
export class BearerCredentialHandler {
  readonly token: string;

  constructor(token: string) {
    this.token = token;
  }
}

/** The part of the toolkit's client that it uses to ask for ID tokens. */
export class HttpClient {
  readonly #authorization: string;

  constructor(_userAgent: string, handlers: readonly BearerCredentialHandler[]) {
    this.#authorization = `Bearer ${handlers[0]?.token ?? ""}`;
  }

  async getJson<T>(url: string): Promise<{ statusCode: number; result: T | null }> {
    const { status, body } = await retry(
      () => send(url, { headers: { authorization: this.#authorization, accept: "application/json" } }),
      () => {},
    );
    if (status !== 200) throw Object.assign(new Error(`GitHub answered ${status}`), { statusCode: status });
    return { statusCode: status, result: JSON.parse(body.toString("utf8")) as T };
  }
}
