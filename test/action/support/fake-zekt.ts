import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

/** A request that a step made of Zekt. */
export interface Seen {
  method: string;
  path: string;
  headers: Record<string, string | undefined>;
  body: string;
}

/** A reply: JSON with a status; or none, by closing the connection or by keeping it open. */
export type Reply =
  | { status: number; json?: unknown; text?: string; headers?: Record<string, string> }
  | "reset"
  | "hang";

/** Plays Zekt, GitHub's endpoint for ID tokens, and a proxy that leads to both, to the steps under test. */
export class StandIn implements AsyncDisposable {
  /** Answers as Zekt, to the nth request from 1. */
  zekt: (seen: Seen, n: number) => Reply = () => ({ status: 500 });
  /** Answers as GitHub, to the nth request for a token from 1. */
  tokens: (n: number) => Reply = (n) => ({ status: 200, json: { value: `token-${n}` } });
  readonly calls: Seen[] = [];
  /** The audience of each token asked for. */
  readonly audiences: (string | null)[] = [];
  /** Each address that was asked for as of a proxy, with what was said of who asks. */
  readonly proxied: { address: string; authorization: string | undefined }[] = [];
  /** The port of this machine that a tunnel leads to; without one, none is made. */
  tunnelTo: number | null = null;
  readonly #tunnels = new Set<Socket>();
  readonly #server = createServer((request, response) => void this.#serve(request, response)).on(
    "connect",
    (request: IncomingMessage, socket: Socket) => this.#tunnel(request, socket),
  );

  static async start(zekt: StandIn["zekt"]): Promise<StandIn> {
    const standIn = new StandIn();
    standIn.zekt = zekt;
    await new Promise<void>((done) => standIn.#server.listen(0, "127.0.0.1", done));
    return standIn;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    // To a proxy the whole address is said.
    if (request.url?.startsWith("http:")) this.#record(request);
    const { pathname, searchParams } = new URL(request.url ?? "/", this.url);
    if (pathname === "/token") {
      const trusted = request.headers.authorization === "Bearer request-token";
      this.audiences.push(searchParams.get("audience"));
      return send(response, trusted ? this.tokens(this.audiences.length) : { status: 401 });
    }
    const headers = request.headers as Seen["headers"];
    const body = Buffer.concat(chunks).toString("utf8");
    const seen = { method: request.method ?? "", path: pathname, headers, body };
    this.calls.push(seen);
    send(response, this.zekt(seen, this.calls.length));
  }

  #record({ url = "", headers }: IncomingMessage): void {
    this.proxied.push({ address: url, authorization: headers["proxy-authorization"] });
  }

  #tunnel(request: IncomingMessage, socket: Socket): void {
    this.#record(request);
    socket.on("error", () => {});
    if (this.tunnelTo === null) return void socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const target = connect(this.tunnelTo, "127.0.0.1").on("error", () => socket.destroy());
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    socket.pipe(target).pipe(socket);
    socket.on("close", () => target.destroy());
    this.#tunnels.add(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#tunnels) socket.destroy();
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply === "hang") return;
  if (reply === "reset") return void response.socket?.resetAndDestroy();
  const { status, json, text, headers } = reply;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(text ?? (json === undefined ? "" : JSON.stringify(json)));
}

/** An error as Zekt answers it. */
export const problem = (status: number, title: string, detail: string, errors?: object[]): Reply => ({
  status,
  json: { type: "about:blank", title, status, detail, ...(errors ? { errors } : {}) },
  headers: { "content-type": "application/problem+json" },
});
