import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConfigError } from "./config-error.ts";
import { hostAndPort, urlOf } from "./host-and-port.ts";
import { type Family, PROMETHEUS_TYPE, prometheusText } from "./prometheus-text.ts";

/** A server of metrics, and where it is. */
export interface MetricsServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` at an address of its own, so that no proxy shows it to the world.
 *
 * @throws ConfigError where the address cannot be listened on
 */
export async function serveMetrics(address: string, read: () => Promise<Family[]>): Promise<MetricsServer> {
  const { host = "", port = 0 } = hostAndPort(address) ?? {};
  const server = createServer((request, response) => {
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead || request.url?.split("?", 1)[0] !== "/metrics") return answer(response, 404, "");
    read().then(
      (families) => answer(response, 200, prometheusText(families)),
      () => answer(response, 503, "The metrics cannot be read.\n"),
    );
  });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new ConfigError(
      `ZEKT_METRICS names ${address}, where nothing can listen (${(cause as Error).message}).`,
      {
        cause,
      },
    );
  }
  return {
    url: `${urlOf(host, (server.address() as AddressInfo).port)}/metrics`,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": PROMETHEUS_TYPE, "cache-control": "no-store" }).end(text);
}
