import http from "node:http";
import { ConfigError } from "./config-error.ts";

type Environment = Record<string, string | undefined>;

/** Node's own settings of proxies: https://nodejs.org/docs/latest-v24.x/api/http.html#built-in-proxy-support */
interface ProxySettings {
  http_proxy: string;
  https_proxy: string;
  no_proxy: string;
}

/**
 * Reads the proxies that the environment names, as GitHub's toolkit reads them. One without a scheme is spoken to
 * over http. An entry of `no_proxy` includes its subdomains. This machine is never reached through one.
 *
 * @throws ConfigError naming a variable that holds no address of a proxy
 */
export function proxySettings(env: Readonly<Environment>): ProxySettings {
  const read = (name: string): string => (env[name] || env[name.toUpperCase()] || "").trim();
  const readProxy = (name: string): string => {
    const given = read(name);
    if (given === "") return "";
    const proxy = given.includes("://") ? given : `http://${given}`;
    if (URL.canParse(proxy) && /^https?:$/.test(new URL(proxy).protocol)) return proxy;
    throw new ConfigError(`${name.toUpperCase()} must be an address such as http://proxy.example.com:8080.`);
  };
  const listed = read("no_proxy")
    .split(",")
    .map((entry) => entry.trim().replace(/^\*?\./, ""))
    .filter((entry) => entry !== "");
  return {
    http_proxy: readProxy("http_proxy"),
    https_proxy: readProxy("https_proxy"),
    no_proxy: listed.includes("*")
      ? "*"
      : ["localhost", "127.0.0.1", "::1", ...listed.flatMap((entry) => [entry, `.${entry}`])].join(","),
  };
}

/** Returns whether this Node can go through a proxy: the command line runs on older ones, too. */
export const knowsProxies = (): boolean => "setGlobalProxyFromEnv" in http;

/**
 * Sends the process's own requests through the proxies that the environment names; returns what ends that. Writes them
 * into the environment as they were read: smee-client, which reads them by itself, goes by the same rules then.
 *
 * @throws ConfigError as {@link proxySettings} does
 */
export function sendThroughProxies(env: Environment): () => void {
  const settings = proxySettings(env);
  if (settings.http_proxy === "" && settings.https_proxy === "") return () => {};
  Object.assign(env, settings);
  if (!knowsProxies()) return () => {};
  return http.setGlobalProxyFromEnv({ ...settings });
}
