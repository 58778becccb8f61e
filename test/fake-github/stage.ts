import { createPrivateKey } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { importPKCS8, SignJWT } from "jose";
import { OffsetClock } from "../../fake-github/offset-clock.ts";
import { type GitHubServer, startGitHub } from "../../fake-github/server.ts";
import type { Permissions } from "../../fake-github/state.ts";

export const WORKFLOW = ".github/workflows/release.yml";
export const RELEASE =
  "name: Release\non: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hello}]}}\n";

export const PERMISSIONS: Permissions = {
  actions: "read",
  checks: "write",
  members: "read",
  contents: "write",
  issues: "write",
  repository_hooks: "write",
};
export const EVENTS = ["installation_target", "push", "repository"];

const START = Date.parse("2026-05-01T12:00:00Z");

/** A webhook as it arrived. */
export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

/** Somebody who listens to webhooks. */
export interface Receiver {
  url: string;
  received: Received[];
  /** The status of the next answers to webhooks. */
  status: number;
  /** Headers of the next answers. */
  headers: Record<string, string>;
  /** Answers nothing while it is set. */
  silent: boolean;
  close(): void;
}

export async function startReceiver(): Promise<Receiver> {
  const receiver = { received: [] as Received[], status: 202, headers: {}, silent: false };
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    receiver.received.push({ headers: request.headers, body });
    if (!receiver.silent) response.writeHead(receiver.status, receiver.headers).end("received");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(receiver, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
}

/** An answer of GitHub's. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
  json: any;
}

/** A GitHub with an App on acme's two repositories, and time that the test moves. */
export interface Stage {
  github: GitHubServer;
  control: GitHubServer["control"];
  app: ReturnType<GitHubServer["control"]["createApp"]>;
  installationId: number;
  receiver: Receiver;
  clock: OffsetClock;
  request(
    token: string | null,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** The App's own JSON web token, with claims as the test wants them. */
  jwt(claims?: Record<string, unknown>): Promise<string>;
  /** An installation token, narrowed where that is asked. */
  token(narrowing?: object): Promise<string>;
  close(): Promise<void>;
}

/** Starts a GitHub for a test: acme owns the public `site` and the private `vault`, mona works on `site`. */
export async function setStage(): Promise<Stage> {
  const clock = new OffsetClock({ now: () => START });
  const github = await startGitHub({ clock });
  const receiver = await startReceiver();
  const { control } = github;
  control.createAccount({ login: "acme", type: "Organization", is_verified: true });
  control.createAccount({ login: "mona" });
  control.createAccount({ login: "hubot" });
  control.createRepository({
    owner: "acme",
    name: "site",
    files: { [WORKFLOW]: RELEASE, "README.md": "hello\n" },
    collaborators: { mona: "maintain" },
  });
  control.createRepository({ owner: "acme", name: "vault", private: true });
  const app = control.createApp({
    name: "Carrier",
    owner: "mona",
    webhook_url: receiver.url,
    permissions: PERMISSIONS,
    events: EVENTS,
    callback_urls: ["https://carrier.example/callback"],
  });
  const { id: installationId } = await control.install({ app: app.slug, account: "acme" });
  await control.idle();
  const stage: Stage = {
    github,
    control,
    app,
    installationId,
    receiver,
    clock,
    async request(token, method, path, body, headers = {}) {
      const response = await fetch(path.startsWith("http") ? path : `${github.url}${path}`, {
        method,
        redirect: "manual",
        headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") && text !== "";
      return {
        status: response.status,
        headers: response.headers,
        text,
        json: isJson ? JSON.parse(text) : null,
      };
    },
    async jwt(claims = {}) {
      const seconds = Math.floor(clock.now() / 1000);
      const pem = createPrivateKey(app.private_key).export({ type: "pkcs8", format: "pem" }) as string;
      return await new SignJWT({ iat: seconds - 60, exp: seconds + 540, iss: app.app_id, ...claims })
        .setProtectedHeader({ alg: "RS256", typ: "JWT" })
        .sign(await importPKCS8(pem, "RS256"));
    },
    async token(narrowing = {}) {
      const path = `/app/installations/${installationId}/access_tokens`;
      return (await stage.request(await stage.jwt(), "POST", path, narrowing)).json.token as string;
    },
    async close() {
      receiver.close();
      await github.close();
    },
  };
  return stage;
}
