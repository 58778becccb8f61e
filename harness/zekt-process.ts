import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { listen } from "../app/main/start-server.ts";
import { type GitHubServer, startGitHub } from "../fake-github/server.ts";
import { appSettings } from "./app-settings.ts";

const WORKER = [fileURLToPath(new URL("./server.worker.ts", import.meta.url))];

/** The master key from which its secrets derive. */
export const MASTER_KEY = "k".repeat(64);

/** Zekt as a process of its own beside the fake GitHub, so that a test can kill it. Settings come by the environment. */
export class ZektProcess {
  readonly github: GitHubServer;
  readonly url: string;
  readonly appSlug: string;
  readonly #env: Record<string, string>;
  readonly #dataDir: string;
  readonly #worker: readonly string[];
  #server: ChildProcess | null = null;

  private constructor(
    github: GitHubServer,
    url: string,
    appSlug: string,
    env: Record<string, string>,
    dataDir: string,
    worker: readonly string[],
  ) {
    this.github = github;
    this.url = url;
    this.appSlug = appSlug;
    this.#env = env;
    this.#dataDir = dataDir;
    this.#worker = worker;
  }

  /** Starts GitHub with an App and Zekt beside it; `settings` are further variables of its environment, `worker` what Node is to run. */
  static async start(
    settings: Record<string, string> = {},
    worker: readonly string[] = WORKER,
  ): Promise<ZektProcess> {
    const github = await startGitHub();
    const { control } = github;
    github.world.settings.runWorkflows = false;
    control.createAccount({ login: "zekt-dev-org", type: "Organization" });
    const app = control.createApp({
      name: "Zekt",
      owner: "zekt-dev-org",
      permissions: { contents: "write", repository_hooks: "write", actions: "read", checks: "write" },
    });
    const probe = await listen("127.0.0.1", 0);
    const { url } = probe;
    await probe.close();
    const dataDir = mkdtempSync(join(tmpdir(), "zekt-process-"));
    const env = {
      ...appSettings(app),
      ZEKT_MASTER_KEY: MASTER_KEY,
      ZEKT_APP_SLUG: app.slug,
      ZEKT_DATA_DIR: dataDir,
      GITHUB_API_URL: github.url,
      GITHUB_WEB_URL: github.url,
      GITHUB_OIDC_ISSUER: github.oidcIssuer,
      PORT: new URL(url).port,
      ...settings,
    };
    const process = new ZektProcess(github, url, app.slug, env, dataDir, worker);
    await process.restart();
    control.setAppWebhook(app.slug, `${url}/github/webhooks`);
    return process;
  }

  /** Starts Zekt, again where it was killed, with settings changed where given. */
  async restart(settings: Record<string, string> = {}): Promise<void> {
    Object.assign(this.#env, settings);
    const server = spawn(process.execPath, [...this.#worker], {
      env: { ...process.env, ...this.#env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#server = server;
    const [line] = (await Promise.race([
      once(server.stdout as NonNullable<typeof server.stdout>, "data"),
      once(server, "exit").then(() => ["it exited"]),
    ])) as [Buffer | string];
    if (!line.toString().includes("up")) throw new Error(`The server did not start: ${line}`);
  }

  /** True when the process has ended. */
  get ended(): boolean {
    return this.#server === null || this.#server.exitCode !== null || this.#server.signalCode !== null;
  }

  /** Ends Zekt without warning. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  }

  /** Calls Zekt's API as a user, and gives the JSON of a success. */
  async api<T = Record<string, unknown>>(
    login: string,
    method: string,
    path: string,
    body?: object,
  ): Promise<T> {
    const token = this.github.control.userToken(login, this.#env.GITHUB_CLIENT_ID as string);
    const response = await fetch(`${this.url}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : {}) as T;
  }

  /** Makes an owner with a repository `<login>/repo` and a maintainer `<login>-dev`, installs the App there, and gives its id. */
  async bringOn(login: string, files: Record<string, string>): Promise<string> {
    const { control } = this.github;
    control.createAccount({ login, type: "Organization" });
    control.createAccount({ login: `${login}-dev` });
    control.createRepository({
      owner: login,
      name: "repo",
      files,
      collaborators: { [`${login}-dev`]: "maintain" },
    });
    await control.install({ app: this.appSlug, account: login });
    await until(async () => {
      const { items } = await this.api<{ items: object[] }>(`${login}-dev`, "GET", "/repositories");
      return items.length === 1;
    });
    return String(control.repository(`${login}/repo`).id);
  }

  async close(): Promise<void> {
    await this.kill();
    await this.github.close();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}

/** Waits for something to come true, looking every so often; fails after `ms` milliseconds. */
export async function until(holds: () => Promise<boolean> | boolean, ms = 20_000, every = 50): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, every));
  }
  throw new Error(`It did not come true within ${ms / 1000} s.`);
}
