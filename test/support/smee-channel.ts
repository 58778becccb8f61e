import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A channel that can be made to fail as a real one does while it is restarted. */
export interface SmeeChannel {
  url: string;
  passed: number[];
  /** The status of the next answers to whoever wants to listen; 200 lets them. */
  status: number;
  /** The number of requests to listen. */
  asked: number;
  /** Says `ping` to every listener, as smee.io does every 30 s. */
  ping(): void;
  /** Leaves every stream open, and sends nothing more by it: the way there is gone. */
  mute(): void;
  /** Ends every stream. */
  cut(): void;
  close(): void;
}

/**
 * A channel as smee.io has it. A post to it goes to every listener by server-sent events, with its headers, its query
 * and its body read as JSON. https://github.com/probot/smee.io
 */
export async function startSmeeChannel(port = 0): Promise<SmeeChannel> {
  const listeners = new Set<ServerResponse>();
  const passed: number[] = [];
  const channel = {
    status: 200,
    asked: 0,
    ping() {
      for (const listener of listeners) listener.write("event: ping\ndata: {}\n\n");
    },
    mute() {
      listeners.clear();
    },
    cut() {
      for (const listener of listeners) listener.end();
    },
  };
  const server = createServer((request, response) => {
    if (request.method === "GET") {
      channel.asked += 1;
      if (channel.status !== 200) return void response.writeHead(channel.status).end();
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
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(channel, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/channel`,
    passed,
    close() {
      server.closeAllConnections();
      server.close();
    },
  });
}
