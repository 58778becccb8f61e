import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listen } from "../../app/start-server.ts";
import { type GitHubServer, startGitHub } from "../github/server.ts";
import { WORKFLOW, workflowFile, zektOf } from "../support/world.ts";

/*
 * Zekt runs as a process of its own and is killed, without warning, while accepted events are on their
 * way; GitHub stays up. What GitHub was answered 202 for must arrive after a restart, and twice only
 * where the second sending says that it may be a duplicate.
 */

const ROUNDS = 10;
const EVENTS = 4;
const WORKER = fileURLToPath(new URL("../support/server.worker.ts", import.meta.url));

let github: GitHubServer;
let dataDir: string;
let env: Record<string, string>;
let server: ChildProcess;
let url: string;

async function start(): Promise<void> {
  server = spawn(process.execPath, [WORKER], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await Promise.race([
    once(server.stdout as NonNullable<typeof server.stdout>, "data"),
    once(server, "exit").then(() => ["it exited"]),
  ])) as [Buffer | string];
  if (!line.toString().includes("up")) throw new Error(`The server did not start: ${line}`);
}

async function kill(): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGKILL");
  await once(server, "exit");
}

async function api(
  login: string,
  method: string,
  path: string,
  body?: object,
): Promise<Record<string, unknown>> {
  const token = github.control.userToken(login, env.GITHUB_CLIENT_ID as string);
  const response = await fetch(`${url}/api${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : {};
}

async function until(holds: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It did not come true in time.");
}

beforeAll(async () => {
  github = await startGitHub();
  const { control } = github;
  github.world.settings.runWorkflows = false;
  for (const login of ["acme", "initech"]) {
    control.createAccount({ login, type: "Organization" });
    control.createAccount({ login: `${login}-dev` });
    control.createRepository({
      owner: login,
      name: "repo",
      files: { [WORKFLOW]: workflowFile("Release") },
      collaborators: { [`${login}-dev`]: "maintain" },
    });
  }
  const app = control.createApp({
    name: "Zekt",
    owner: "acme",
    permissions: { contents: "write", repository_hooks: "write", actions: "read", checks: "write" },
  });
  const probe = await listen("127.0.0.1", 0);
  url = probe.url;
  await probe.close();
  dataDir = mkdtempSync(join(tmpdir(), "zekt-kill-"));
  env = {
    APP_ID: app.app_id,
    PRIVATE_KEY: app.private_key,
    WEBHOOK_SECRET: app.webhook_secret,
    GITHUB_CLIENT_ID: app.client_id,
    GITHUB_CLIENT_SECRET: app.client_secret,
    ZEKT_MASTER_KEY: "k".repeat(64),
    ZEKT_APP_SLUG: app.slug,
    ZEKT_DATA_DIR: dataDir,
    GITHUB_API_URL: github.url,
    GITHUB_WEB_URL: github.url,
    GITHUB_OIDC_ISSUER: github.oidcIssuer,
    PORT: new URL(url).port,
  };
  await start();
  control.setAppWebhook(app.slug, `${url}/github/webhooks`);
  const ids: Record<string, string> = {};
  for (const login of ["acme", "initech"]) {
    ids[login] = String(control.repository(`${login}/repo`).id);
    await control.install({ app: app.slug, account: login });
    await until(
      async () => ((await api(`${login}-dev`, "GET", "/repositories")).items as object[]).length === 1,
    );
  }
  await api("acme-dev", "PATCH", `/repositories/${ids.acme}`, { provider: true });
  await control.idle();
  await api("acme-dev", "PUT", `/repositories/${ids.acme}/workflows/${encodeURIComponent(WORKFLOW)}`);
  const { serviceId } = await api("acme-dev", "POST", `/repositories/${ids.acme}/services`, {
    slug: "s",
    workflow: WORKFLOW,
    visibility: "public",
  });
  await api("initech-dev", "PATCH", `/repositories/${ids.initech}`, { consumer: true });
  const { subscriptionId } = await api("initech-dev", "POST", `/repositories/${ids.initech}/subscriptions`, {
    service: serviceId,
  });
  await api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
  // A dispatch that takes a while makes for kills in the middle of one.
  github.world.settings.latencyMs = 30;
});

afterAll(async () => {
  await kill();
  await github.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test(`what was accepted arrives after a restart, ${ROUNDS} kills at random points`, {
  timeout: 240_000,
}, async () => {
  const accepted = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const runs = await Promise.all(
      Array.from({ length: EVENTS }, () =>
        github.control.startRun({ repository: "acme/repo", workflow: WORKFLOW }),
      ),
    );
    const completed = runs.map(async ({ id }) => {
      const [delivery] = await github.control.completeRun(id, "success");
      if (delivery?.statusCode === 202) accepted.add(String(id));
    });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
    await kill();
    await Promise.all(completed);
    await start();
  }
  const { dispatches } = github.control.repository("initech/repo");
  const arrived = () => new Set(dispatches.map((dispatch) => zektOf(dispatch).correlationId as string));
  await until(() => [...accepted].every((id) => arrived().has(id)), 60_000);
  expect(accepted.size).toBeGreaterThan(0);
  const byRun = Map.groupBy(dispatches, (dispatch) => zektOf(dispatch).correlationId as string);
  for (const [, again] of byRun) {
    const [first, ...others] = again.map(zektOf);
    expect(others.length).toBeLessThanOrEqual(1);
    for (const other of others) {
      expect(other).toMatchObject({ deliveryId: first?.deliveryId, possibleDuplicate: true });
    }
  }
});
