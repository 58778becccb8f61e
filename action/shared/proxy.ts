import { isLoopback } from "./loopback.ts";
import { StepError } from "./step-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the proxy that the environment names for an address, by the rules of GitHub's toolkit; null
 * where it is called directly. Unlike the toolkit, a proxy without a scheme is read as one over http.
 * https://github.com/actions/toolkit/blob/main/packages/http-client/src/proxy.ts
 *
 * @throws StepError where the proxy cannot be spoken to
 */
export function proxyOf(url: URL, env: Environment = process.env): URL | null {
  if (isLoopback(url) || isBypassed(url, env.no_proxy || env.NO_PROXY || "")) return null;
  const name = url.protocol === "https:" ? "https_proxy" : "http_proxy";
  const given = (env[name] || env[name.toUpperCase()] || "").trim();
  if (given === "") return null;
  const proxy = URL.parse(given.includes("://") ? given : `http://${given}`);
  if (proxy && (proxy.protocol === "http:" || proxy.protocol === "https:")) return proxy;
  throw new StepError(`${name} must be an address such as http://proxy.example.com:8080.`);
}

/** Returns whether a list of hosts, each meaning its subdomains too, holds an address. */
function isBypassed({ hostname, host, protocol }: URL, list: string): boolean {
  const withPort = host === hostname ? `${host}:${protocol === "https:" ? 443 : 80}` : host;
  return list
    .toLowerCase()
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .some((entry) => {
      const suffix = entry.startsWith(".") ? entry : `.${entry}`;
      return entry === "*" || [hostname, withPort].some((one) => one === entry || one.endsWith(suffix));
    });
}

/** Returns a text as it was before it was encoded; one with a percent sign that encodes nothing as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Returns what a proxy is told of its user, who stands in its address. */
export function proxyAuthorization({ username, password }: URL): Record<string, string> {
  if (username === "" && password === "") return {};
  const user = `${decoded(username)}:${decoded(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(user).toString("base64")}` };
}
