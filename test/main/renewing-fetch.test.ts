import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingHttpHeaders,
} from "node:http";
import { createSecureServer, type Http2SecureServer } from "node:http2";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Agent } from "undici";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { GitHub } from "../../app/github/client.ts";
import { dispatch } from "../../app/github/dispatch.ts";
import { whyNeverSent } from "../../app/github/never-sent.ts";
import { renewingFetch } from "../../app/main/renewing-fetch.ts";

/*
 * GitHub as it is on the network: it speaks HTTP/2, and what lies between can forget a connection without a word.
 */

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;
const PATIENCE = 300;

describe.skipIf(!hasOpenssl)("a server that speaks HTTP/2, behind a network", () => {
  let folder: string;
  let server: Http2SecureServer;
  let network: Server;
  let url: string;
  let open: () => Agent;
  /** The ways through the network that were opened; one that is forgotten carries nothing any more. */
  let ways: { forgotten: boolean; ends: Socket[] }[];
  let versions: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "h2-"));
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-days", "1"];
    const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", key, "-out", cert];
    execFileSync("openssl", ["req", "-x509", "-nodes", ...curve, ...names, ...files], { stdio: "ignore" });
    const tls = { key: readFileSync(key), cert: readFileSync(cert) };
    server = createSecureServer({ ...tls, allowHTTP1: true });
    server.on("request", (request, response) => {
      versions.push(request.httpVersion);
      const { pathname, searchParams } = new URL(request.url, "https://localhost");
      if (pathname.startsWith("/refused")) return void request.stream.close(7);
      setTimeout(() => response.writeHead(204).end(), Number(searchParams.get("ms") ?? 0));
    });
    server.on("sessionError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    network = createServer((near) => {
      const far = connect((server.address() as AddressInfo).port, "127.0.0.1");
      const way = { forgotten: false, ends: [near, far] };
      ways.push(way);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on("data", (data) => way.forgotten || to.write(data));
        from.on("error", () => {});
        from.on("close", () => way.forgotten || to.destroy());
      }
    }).listen(0, "127.0.0.1");
    await once(network, "listening");
    url = `https://127.0.0.1:${(network.address() as AddressInfo).port}/`;
    open = () => new Agent({ connect: { ca: tls.cert } });
  });
  beforeEach(() => {
    ways = [];
    versions = [];
  });
  afterAll(() => {
    for (const { ends } of ways) for (const end of ends) end.destroy();
    network.close();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const post = async (fetch: typeof globalThis.fetch, path = "", ms = 5000): Promise<number> =>
    (await fetch(`${url}${path}`, { method: "POST", body: "{}", signal: AbortSignal.timeout(ms) })).status;
  const forget = (): void => {
    for (const way of ways) way.forgotten = true;
  };

  test("has all requests share one connection", async () => {
    const fetch = renewingFetch(open);
    await post(fetch);
    expect(await Promise.all(Array.from({ length: 20 }, () => post(fetch)))).toEqual(Array(20).fill(204));
    expect(new Set(versions)).toEqual(new Set(["2.0"]));
    expect(ways).toHaveLength(1);
  });

  test("answers again after one request in vain, where the network forgot the connection", async () => {
    const fetch = renewingFetch(open);
    await post(fetch);
    forget();
    await expect(post(fetch, "", PATIENCE)).rejects.toThrow(
      expect.objectContaining({ name: "TimeoutError" }),
    );
    expect(await post(fetch)).toBe(204);
    expect(ways).toHaveLength(2);
  });

  test("is asked over one new connection, however many were left without an answer at once", async () => {
    const fetch = renewingFetch(open);
    await post(fetch);
    forget();
    await Promise.allSettled(Array.from({ length: 10 }, () => post(fetch, "", PATIENCE)));
    expect(await Promise.all(Array.from({ length: 10 }, () => post(fetch)))).toEqual(Array(10).fill(204));
    expect(ways).toHaveLength(2);
  });

  test("still answers what was under way where another request had waited too long", async () => {
    const fetch = renewingFetch(open);
    await post(fetch);
    const slow = post(fetch, "?ms=400");
    await expect(post(fetch, "?ms=5000", 50)).rejects.toThrow();
    expect(await post(fetch)).toBe(204);
    expect(await slow).toBe(204);
  });

  test("that refuses a request before it read it leaves no dispatch in doubt", async () => {
    const github = new GitHub(
      { apiUrl: `${url}refused`, appId: "1", privateKey: "" },
      { fetch: renewingFetch(open) },
    );
    const access = {
      installation: { installationId: "1", ownerId: "2" },
      minted: { token: "t", mintedAt: 0 },
      renew: () => Promise.reject(new Error("GitHub refused no token.")),
    };
    const body = { event_type: "built", client_payload: {} };
    expect(await dispatch(github, access, "3", body, Date.now)).toMatchObject({
      outcome: "failed",
      kind: "network",
      reason: expect.stringContaining("REFUSED_STREAM"),
    });
  });
});

describe("a post is answered as Node's own fetch answers it", () => {
  let server: HttpServer;
  let url: string;
  let asked: { headers: IncomingHttpHeaders; body: string }[];

  beforeAll(async () => {
    server = createHttpServer(async (request, response) => {
      let body = "";
      for await (const chunk of request) body += chunk;
      asked.push({ headers: request.headers, body });
      const path = new URL(request.url ?? "", "http://localhost").pathname;
      if (path === "/broken") return void request.socket.destroy();
      if (path === "/cut") return void response.writeHead(200, { "content-length": 9 }).write("half");
      if (path === "/moved") return void response.writeHead(307, { location: "/empty" }).end("Moved");
      if (path === "/refused")
        return void response
          .writeHead(422, [
            ["content-type", "application/json"],
            ["x-two", "a"],
            ["x-two", "b"],
          ])
          .end('{"message":"ü"}');
      if (path !== "/silent") response.writeHead(204, { "x-github-request-id": "1" }).end();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const headers = { authorization: "Bearer t", "content-type": "application/json" };
  const SENT = ["authorization", "content-type", "content-length"];
  const answerOf = async (fetch: typeof globalThis.fetch, path: string, body: string | null) => {
    const init = { method: "POST", headers, redirect: "manual", ...(body === null ? {} : { body }) } as const;
    const response = await fetch(`${url}${path}`, { ...init, signal: AbortSignal.timeout(PATIENCE) });
    const heard = ["content-type", "x-two", "location", "x-github-request-id"];
    const { headers: sent, body: read } = asked.at(-1) ?? { headers: {}, body: "" };
    return {
      status: response.status,
      headers: heard.map((name) => response.headers.get(name)),
      text: await response.text(),
      sent: SENT.map((name) => sent[name]),
      read,
    };
  };

  test.each([
    ["/empty", '{"event_type":"built"}'],
    ["/empty", null],
    ["/refused", '{"message":"ä"}'],
    ["/moved", "{}"],
  ])("at %s, with %s", async (path, body) => {
    const answer = await answerOf(renewingFetch(), path, body);
    expect(answer).toEqual(await answerOf(fetch, path, body));
    expect(answer.read).toBe(body ?? "");
    expect(asked).toHaveLength(2);
  });

  const errorOf = async (fetch: typeof globalThis.fetch, path: string, ms = PATIENCE) => {
    const init = { method: "POST", headers, body: "{}", redirect: "manual" } as const;
    try {
      await (await fetch(path, { ...init, signal: AbortSignal.timeout(ms) })).text();
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: { code?: unknown } };
      return { name, message, code: cause?.code, neverSent: whyNeverSent(error) };
    }
    return null;
  };

  test.each(["/broken", "/silent", "/cut"])("at %s, which ends without an answer", async (path) => {
    const error = await errorOf(renewingFetch(), `${url}${path}`);
    expect(error).toEqual(await errorOf(fetch, `${url}${path}`));
    expect(error?.neverSent).toBeNull();
  });

  test.each(["http://127.0.0.1", "http://nowhere.invalid"])("at %s, where nobody is", async (host) => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const at = `${host}:${(closed.address() as AddressInfo).port}/`;
    closed.close();
    const error = await errorOf(renewingFetch(), at, 5000);
    expect(error).toEqual(await errorOf(fetch, at, 5000));
    expect(error?.neverSent).not.toBeNull();
  });
});
