import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch as fetchBy, request } from "undici";
import { proxySettings } from "./proxy.ts";

/**
 * Returns a `fetch` that opens new connections once a request was given no answer in time.
 *
 * With a server that speaks HTTP/2 all requests share one connection. A network that forgets it says nothing. Each
 * request on it is left without an answer, for a quarter of an hour, until the operating system gives it up. Node's
 * own `fetch` puts every request on it meanwhile. What is under way on the connections of before goes on there.
 *
 * @param open - opens the connections; through the proxies that the environment names unless given
 */
export function renewingFetch(open: () => Dispatcher = openFrom(process.env)): typeof fetch {
  let current = open();
  const renew = (silent: Dispatcher): void => {
    // Of many that waited on the same connections the first one renews them.
    if (silent !== current) return;
    current = open();
    silent.close().catch(() => {});
  };
  const renewing = async (url: string, init: Parameters<typeof fetchBy>[1]) => {
    const dispatcher = current;
    try {
      return isPlainPost(init)
        ? await post(url, init as RequestInit, dispatcher)
        : await fetchBy(url, { ...init, dispatcher });
    } catch (error) {
      if ((error as Error | null)?.name === "TimeoutError") renew(dispatcher);
      throw error;
    }
  };
  return renewing as unknown as typeof fetch;
}

/** Returns whether a request sends a text, and wants its own answer and no other's: so each dispatch does. */
const isPlainPost = ({ method, body, redirect }: Parameters<typeof fetchBy>[1] = {}): boolean =>
  method === "POST" && redirect === "manual" && (typeof body === "string" || body === undefined);

/** Statuses of which an answer has no body: https://fetch.spec.whatwg.org/#null-body-status */
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * Posts a text, and answers and throws as `fetch` does, in well under half its time. A dispatch has no use for the
 * streams, redirects and compression that `fetch` sees to.
 */
async function post(url: string, init: RequestInit, dispatcher: Dispatcher): Promise<Response> {
  try {
    const { statusCode, headers, body } = await request(url, {
      method: "POST",
      headers: new Headers(init.headers),
      body: (init.body as string | undefined) ?? null,
      signal: init.signal ?? null,
      dispatcher,
    });
    // As bytes: of a text `Response` says that it is plain text where nothing says what it is.
    const bytes = await body.arrayBuffer();
    const pairs = Object.entries(headers).flatMap(([name, value]) =>
      [value ?? []].flat().map((one): [string, string] => [name, one]),
    );
    return new Response(WITHOUT_BODY.has(statusCode) ? null : bytes, { status: statusCode, headers: pairs });
  } catch (cause) {
    if (init.signal?.aborted) throw init.signal.reason;
    throw new TypeError("fetch failed", { cause });
  }
}

/** Returns what opens connections through the proxies of an environment, as `sendThroughProxies` does for Node's own `fetch`. */
export function openFrom(env: Readonly<Record<string, string | undefined>>): () => Dispatcher {
  const { http_proxy: httpProxy, https_proxy: httpsProxy, no_proxy: noProxy } = proxySettings(env);
  return () =>
    httpProxy === "" && httpsProxy === ""
      ? new Agent()
      : new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy });
}
