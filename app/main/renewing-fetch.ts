import { Agent, type Dispatcher, EnvHttpProxyAgent, fetch as fetchBy } from "undici";
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
      return await fetchBy(url, { ...init, dispatcher });
    } catch (error) {
      if ((error as Error | null)?.name === "TimeoutError") renew(dispatcher);
      throw error;
    }
  };
  return renewing as unknown as typeof fetch;
}

/** Returns what opens connections through the proxies of an environment, as `sendThroughProxies` does for Node's own `fetch`. */
export function openFrom(env: Readonly<Record<string, string | undefined>>): () => Dispatcher {
  const { http_proxy: httpProxy, https_proxy: httpsProxy, no_proxy: noProxy } = proxySettings(env);
  return () =>
    httpProxy === "" && httpsProxy === ""
      ? new Agent()
      : new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy });
}
