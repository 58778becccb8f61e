import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type GitHubServer, startGitHub } from "../../fake-github/server.ts";
import { until } from "../../harness/stage.ts";
import { startSmeeChannel } from "../support/smee-channel.ts";
import { blockWith, ROOT } from "./documents.ts";

let github: GitHubServer;
let channel: Awaited<ReturnType<typeof startSmeeChannel>>;
let folder: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  github = await startGitHub();
  channel = await startSmeeChannel();
  folder = mkdtempSync(join(tmpdir(), "zekt-quick-start-"));
});
afterEach(async () => {
  for (const server of started.splice(0)) {
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }
  channel.close();
  await github.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the server as `npm start` does, in a folder of its own, and waits for a line; gives that and its address. */
async function start(said: string): Promise<{ url: string; stop(): Promise<void> }> {
  const server = spawn(process.execPath, [join(ROOT, "app/server.ts"), "--port", "0"], {
    cwd: folder,
    env: {
      PATH: process.env.PATH,
      GITHUB_API_URL: github.url,
      GITHUB_WEB_URL: github.url,
      GITHUB_OIDC_ISSUER: github.oidcIssuer,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  started.push(server);
  for await (const line of createInterface({ input: server.stdout })) {
    if (!line.includes(said)) continue;
    // What it logs from here on is nobody's to read.
    server.stdout.resume();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? "";
    return {
      url,
      async stop() {
        server.kill("SIGTERM");
        await once(server, "exit");
      },
    };
  }
  throw new Error(`The server ended before it said "${said}".`);
}

const plain = (html: string): string => html.replaceAll("&quot;", '"').replaceAll("&amp;", "&");

/** Presses the button of the first page, and does at GitHub what the form has it do. */
async function makeApp(url: string): Promise<Response> {
  const page = await (await fetch(`${url}/?organization=acme`)).text();
  const [, action = ""] = /action="([^"]+)"/.exec(page) ?? [];
  const [, manifest = ""] = /name="manifest" value="([^"]+)"/.exec(page) ?? [];
  const asked = await fetch(plain(action), {
    method: "POST",
    body: new URLSearchParams({ manifest: plain(manifest) }),
    redirect: "manual",
  });
  return await fetch(asked.headers.get("location") ?? "", { redirect: "manual" });
}

test("an App made by the first page carries the first event, by a smee channel, also after a restart", async () => {
  const { control } = github;
  control.createAccount({ login: "acme", type: "Organization" });
  control.createAccount({ login: "octo" });
  control.setMember("acme", "octo", "admin");
  copyFileSync(join(ROOT, ".env.example"), join(folder, ".env"));
  appendFileSync(join(folder, ".env"), `ZEKT_SMEE_URL=${channel.url}\n`);
  const first = await start("There is no GitHub App yet.");
  expect((await fetch(`${first.url}/healthz`)).status).toBe(503);
  const made = await makeApp(first.url);
  expect(made.status).toBe(302);
  expect(made.headers.get("location")).toMatch(/\/apps\/[\w-]+\/installations\/new$/);
  expect(await (await fetch(first.url)).text()).toContain("Zekt is running");
  const file = join(folder, ".zekt/app.json");
  expect(statSync(file).mode & 0o077).toBe(0);
  await first.stop();

  const { url } = await start("Zekt is up");
  const app = JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  const token = control.userToken("octo", app.GITHUB_CLIENT_ID ?? "");
  const api = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const init = body ? { method, headers, body: JSON.stringify(body) } : { method, headers };
    const answer = await fetch(`${url}/api${path}`, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${text}`);
    return (text === "" ? null : JSON.parse(text)) as T;
  };
  const release = "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{ run: echo built }]\n";
  const listens = blockWith("docs/quick-start.md", "repository_dispatch:");
  const repository = (name: string, files: Record<string, string>): string => {
    const collaborators = { octo: "maintain" as const };
    return String(control.createRepository({ owner: "acme", name, files, collaborators }).id);
  };
  const provider = repository("releases", { ".github/workflows/release.yml": release });
  const consumer = repository("deploy", { ".github/workflows/zekt.yml": listens });
  await control.install({ app: app.ZEKT_APP_SLUG ?? "", account: "acme" });
  await until(async () => (await api<{ items: object[] }>("GET", "/repositories")).items.length === 2);

  const workflow = ".github/workflows/release.yml";
  await api("PATCH", `/repositories/${provider}`, { provider: true });
  await api("PUT", `/repositories/${provider}/workflows/${encodeURIComponent(workflow)}`);
  await api("POST", `/repositories/${provider}/services`, { slug: "releases", workflow });
  await api("PATCH", `/repositories/${consumer}`, { consumer: true });
  const wanted = { service: "acme/releases/releases", eventTypes: ["zekt-workflow-completed"] };
  const path = `/repositories/${consumer}/subscriptions`;
  const { subscriptionId } = await api<{ subscriptionId: string }>("POST", path, wanted);
  await api("POST", `/subscriptions/${subscriptionId}/approve`);
  const run = await control.startRun({ repository: "acme/releases", workflow });
  await control.parts.runs.execute(run);
  const { runs } = control.parts;
  const ends = () =>
    control.dispatches("acme/deploy").flatMap(({ runIds }) => runIds.map((id) => runs.latest(runs.find(id))));
  await until(() => ends().some(({ conclusion }) => conclusion !== null));
  expect(ends().map(({ log }) => log.join("\n"))).toEqual(["acme/releases finished with success"]);
}, 180_000);
