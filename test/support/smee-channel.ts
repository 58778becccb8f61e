import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A channel as smee.io has it. A post to it goes to every listener by server-sent events, with its headers, its query
 * and its body read as JSON. https://github.com/probot/smee.io
 */
export async function startSmeeChannel(): Promise<{ url: string; passed: number[]; close(): void }> {
  const listeners = new Set<ServerResponse>();
  const passed: number[] = [];
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("event: ready\ndata: {}\n\n");
      listeners.add(response);
      request.on("close", () => listeners.delete(response));
      return;
    }
    let text = "";
    request.on("data", (chunk) => (text += chunk));
    request.on("end", () => {
      const { searchParams } = new URL(request.url ?? "/", "http://channel.invalid");
      const query = Object.fromEntries(searchParams);
      const told = { ...request.headers, body: JSON.parse(text), query, timestamp: Date.now() };
      for (const listener of listeners)
        listener.write(`id: ${passed.length}\ndata: ${JSON.stringify(told)}\n\n`);
      passed.push(text.length);
      response.end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/channel`,
    passed,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
