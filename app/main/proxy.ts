import http from "node:http";

type Environment = Readonly<Record<string, string | undefined>>;

/** Node's own settings of proxies: https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support */
interface ProxySettings {
  http_proxy: string;
  https_proxy: string;
  no_proxy: string;
}

/**
 * Reads the proxies that the environment names, as GitHub's toolkit reads them. One without a scheme is spoken to
 * over http. An entry of `no_proxy` includes its subdomains. This machine is never reached through one.
 */
export function proxySettings(env: Environment): ProxySettings {
  const read = (name: string): string => (env[name] || env[name.toUpperCase()] || "").trim();
  const withScheme = (proxy: string): string =>
    proxy === "" || proxy.includes("://") ? proxy : `http://${proxy}`;
  const listed = read("no_proxy")
    .split(",")
    .map((entry) => entry.trim().replace(/^\*?\./, ""))
    .filter((entry) => entry !== "");
  return {
    http_proxy: withScheme(read("http_proxy")),
    https_proxy: withScheme(read("https_proxy")),
    no_proxy: listed.includes("*")
      ? "*"
      : ["localhost", "127.0.0.1", "::1", ...listed.flatMap((entry) => [entry, `.${entry}`])].join(","),
  };
}

/** Sends the server's own requests through the proxies that the environment names; returns what ends that. */
export function sendThroughProxies(env: Environment): () => void {
  const settings = proxySettings(env);
  if (settings.http_proxy === "" && settings.https_proxy === "") return () => {};
  return http.setGlobalProxyFromEnv({ ...settings });
}
