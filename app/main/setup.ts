import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RequestError } from "@octokit/request-error";
import { type Context, Hono } from "hono";
import { html } from "hono/html";
import { secureHeaders } from "hono/secure-headers";
import { parse } from "yaml";
import { Requests } from "../github/requests.ts";
import { isPrivateUrl } from "../outbound/private-address.ts";
import { toDisk } from "../store/sqlite/to-disk.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";
import { folderProblem } from "./require-folder.ts";

/** GitHub's answer about an App created from a manifest. */
interface Conversion {
  id: number;
  slug: string;
  pem: string;
  webhook_secret: string;
  client_id: string;
  client_secret: string;
  html_url: string;
}

export interface SetupOptions {
  settings: Pick<Config, "GITHUB_API_URL" | "GITHUB_WEB_URL" | "ZEKT_DATA_DIR">;
  /** Where GitHub's webhooks arrive. */
  webhookUrl: string;
  /** Where this Zekt is to be reached: its users go there, once it has an App. */
  origin: string;
  /** Gives a new channel that brings webhooks to where GitHub cannot: https://smee.io/new. */
  newChannel?: () => Promise<string>;
  /** Called with the App's settings once there is one. */
  onApp(settings: Record<string, string>): Promise<void>;
}

/** Writes a file whole or not at all, and for good: GitHub tells the key in it once. */
function keep(file: string, text: string): void {
  const unfinished = `${file}.new`;
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flush: true });
    renameSync(unfinished, file);
    toDisk(dirname(file));
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    throw error;
  }
}

const settingsFile = (dataDir: string): string => join(dataDir, "app.json");

/** Settings of an App that the first page made, or none. */
export function readSetup(dataDir: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(settingsFile(dataDir), "utf8")) as Record<string, string>;
  } catch (error) {
    // A folder that is not there, or none, is for those who make it.
    const { code = "" } = error as NodeJS.ErrnoException;
    if (["ENOENT", "ENOTDIR"].includes(code)) return {};
    if (["EACCES", "EPERM"].includes(code))
      throw new ConfigError(
        `${settingsFile(dataDir)} cannot be read (${code}). Give it to the user that runs Zekt.`,
        { cause: error },
      );
    throw new ConfigError(
      `${settingsFile(dataDir)} cannot be read; repair it, or remove it to set the App up anew.`,
      { cause: error },
    );
  }
}

/** The App as `app.yml` describes it, in the words of GitHub's manifest flow. GitHub sends the browser back to `browser`. */
export function manifest(
  appYml: string,
  {
    origin,
    webhookUrl,
    browser = origin,
  }: Pick<SetupOptions, "origin" | "webhookUrl"> & { browser?: string },
): object {
  const app = parse(appYml) as Record<string, unknown>;
  return {
    name: app.name,
    url: app.url ?? origin,
    description: app.description,
    public: app.public ?? false,
    hook_attributes: { url: webhookUrl, active: true },
    redirect_url: `${browser}/setup/created`,
    callback_urls: [`${origin}/console/callback`],
    // A user who installed it, or changed what it reaches, goes on in the console.
    setup_url: `${origin}/console/`,
    setup_on_update: true,
    default_permissions: app.default_permissions,
    default_events: app.default_events,
  };
}

/**
 * Asks smee.io for a new channel, which answers with its address.
 *
 * @throws Error where it gives none
 */
async function newSmeeChannel(): Promise<string> {
  const answer = await fetch("https://smee.io/new", { method: "HEAD", redirect: "manual" });
  const channel = answer.headers.get("location");
  if (!channel?.startsWith("https://smee.io/")) throw new Error(`smee.io answered ${answer.status}`);
  return channel;
}

/**
 * The first page of a Zekt that has no App yet: it has GitHub make one from `app.yml`. It does so only where the App's
 * key can be stored and GitHub can call the webhook's address.
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export function setupPages(options: SetupOptions): Hono {
  const { settings, origin, newChannel = newSmeeChannel } = options;
  const state = randomBytes(16).toString("hex");
  /** A channel that this page made, kept with the App's settings. */
  let channel: string | null = null;
  const webhookUrl = (): string => channel ?? options.webhookUrl;
  // A private GitHub, such as an Enterprise Server, may call private addresses.
  const isUnreachable = (): boolean =>
    isPrivateUrl(new URL(webhookUrl())) && !isPrivateUrl(new URL(settings.GITHUB_WEB_URL));
  const pages = new Hono();
  pages.use(secureHeaders({ strictTransportSecurity: false, xFrameOptions: "DENY" }));
  pages.get("/", (context) => {
    const body = manifest(readFileSync(new URL("../../app.yml", import.meta.url), "utf8"), {
      origin,
      webhookUrl: webhookUrl(),
      browser: browserAt(context, origin),
    });
    const organization = context.req.query("organization")?.trim() ?? "";
    const path = organization
      ? `organizations/${encodeURIComponent(organization)}/settings/apps/new`
      : "settings/apps/new";
    return context.html(
      setupPage({
        action: `${settings.GITHUB_WEB_URL}/${path}?state=${state}`,
        manifest: JSON.stringify(body),
        organization,
        webhookUrl: webhookUrl(),
        folderProblem: folderProblem(settings.ZEKT_DATA_DIR),
        isUnreachable: isUnreachable(),
        state,
        said: context.req.query("channel") === "failed" ? CHANNEL_FAILED : null,
      }),
    );
  });
  pages.post("/setup/channel", async (context) => {
    const { state: given } = await context.req.parseBody();
    if (given !== state) return context.text("Begin again at the first page.", 400);
    try {
      channel ??= await newChannel();
    } catch {
      return context.redirect("/?channel=failed", 303);
    }
    return context.redirect("/", 303);
  });
  pages.get("/setup/created", async (context) => {
    const code = context.req.query("code");
    if (!code || context.req.query("state") !== state) {
      return context.text(
        "This answer does not belong to a setup begun here. Begin again at the first page.",
        400,
      );
    }
    // GitHub tells the key once, for this code: it is asked only where the key can be stored. The code is good for an hour.
    const problem = folderProblem(settings.ZEKT_DATA_DIR);
    if (problem !== null)
      return context.text(
        `${problem} Then load this page again: GitHub has not been asked for the key yet.`,
        500,
      );
    let app: Conversion;
    try {
      app = await convert(settings.GITHUB_API_URL, code);
    } catch (error) {
      return context.text(refusedKey(settings, error as RequestError), 502);
    }
    const made: Record<string, string> = {
      APP_ID: String(app.id),
      ZEKT_APP_SLUG: app.slug,
      ZEKT_APP_URL: app.html_url,
      PRIVATE_KEY: app.pem,
      WEBHOOK_SECRET: app.webhook_secret,
      GITHUB_CLIENT_ID: app.client_id,
      GITHUB_CLIENT_SECRET: app.client_secret,
      ZEKT_MASTER_KEY: randomBytes(32).toString("hex"),
      ...(channel === null ? {} : { ZEKT_SMEE_URL: channel }),
    };
    try {
      keep(settingsFile(settings.ZEKT_DATA_DIR), JSON.stringify(made, null, 2));
    } catch (error) {
      return context.text(
        `The App's key could not be stored: ${(error as Error).message}. GitHub tells it once. Repair that, delete the App at ${settings.GITHUB_WEB_URL}/settings/apps, or in your organization's settings, and begin again at the first page.`,
        500,
      );
    }
    await options.onApp(made);
    return context.redirect(`${app.html_url ?? origin}/installations/new`);
  });
  pages.get("/livez", (context) => context.json({ status: "ok" }));
  pages.get("/healthz", (context) => context.json({ status: "setup" }, 503));
  pages.get("/readyz", (context) => context.json({ status: "not-ready", reasons: [NO_APP] }, 503));
  // A bookmark of the console, or the setup's own address after a restart.
  pages.get("/console/*", (context) => context.redirect("/", 303));
  // GitHub pings a new App's webhook before its secret is here. The App's log would begin with a failure.
  pages.post("/github/webhooks", (context) =>
    context.req.header("x-github-event") === "ping" ? context.body(null, 202) : context.text(NO_APP, 503),
  );
  pages.all("*", (context) => context.text(NO_APP, 503));
  return pages;
}

/**
 * Returns where the browser is: on this machine, or at the public origin. That one may be another server's, as where an
 * App is made for a deployment on AWS.
 */
function browserAt({ req }: Context, origin: string): string {
  const { hostname, origin: asked } = new URL(req.url);
  const isProxied = ["x-forwarded-for", "forwarded", "via"].some((name) => req.header(name) !== undefined);
  return !isProxied && LOOPBACK.test(hostname) ? asked : origin;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

const NO_APP = "There is no GitHub App yet. Open the first page of this server to make one.";

/**
 * Asks GitHub for the App that it made, which it tells once for a code.
 *
 * @throws RequestError where GitHub refuses or does not answer
 */
async function convert(apiUrl: string, code: string): Promise<Conversion> {
  const octokit = new Requests().client(apiUrl);
  const { data } = await octokit.request("POST /app-manifests/{code}/conversions", { code });
  return data as unknown as Conversion;
}

/** Says that GitHub gave no key, and how to go on. A code is good for an hour, and once. */
function refusedKey(
  { GITHUB_API_URL, GITHUB_WEB_URL }: SetupOptions["settings"],
  error: RequestError,
): string {
  const { message, response } = error;
  if (response === undefined || response.status >= 500)
    return `${GITHUB_API_URL} did not give the App's key: ${message}. Load this page again within the hour.`;
  return `GitHub did not give the App's key: ${message}. Its answer is good once, for an hour. Delete the App at ${GITHUB_WEB_URL}/settings/apps, or in your organization's settings, and begin again at the first page.`;
}

const CHANNEL_FAILED =
  "smee.io gave no channel. Make one at https://smee.io/new, set ZEKT_SMEE_URL to its address and start Zekt again.";

interface SetupPage {
  action: string;
  manifest: string;
  organization: string;
  webhookUrl: string;
  folderProblem: string | null;
  isUnreachable: boolean;
  state: string;
  /** A message about what was just tried. */
  said: string | null;
}

const setupPage = (page: SetupPage) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Set up Zekt</title>
    <style>
      :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
      main { max-width: 38rem; margin: 10vh auto; padding: 0 1.5rem; }
      button, input { font: inherit; padding: 0.5rem 1rem; }
      button { cursor: pointer; }
      code { overflow-wrap: anywhere; }
      .problem { border: 1px solid; border-radius: 6px; padding: 0.75rem 1rem; }
    </style>
  </head>
  <body>
    <main>
      <h1>Zekt has no GitHub App yet</h1>
      <p>
        GitHub can make one with the permissions Zekt needs. Its key and secrets come back to this server and
        are stored in its data folder.
      </p>
      <p>GitHub will send webhooks to <code>${page.webhookUrl}</code>.</p>
      ${page.said ? html`<p class="problem" role="alert">${page.said}</p>` : ""}
      ${page.folderProblem ? html`<p class="problem" role="alert">${page.folderProblem} Then load this page again.</p>` : ""}
      ${
        page.isUnreachable
          ? html`<div class="problem" role="alert">
              <p>
                GitHub cannot reach that address: it is not public. Set <code>ZEKT_PUBLIC_URL</code> to a public
                address of this server and start Zekt again, or use a channel of smee.io, which carries the
                webhooks here. Everybody who knows the channel's address can read them.
              </p>
              <form method="post" action="/setup/channel">
                <input type="hidden" name="state" value="${page.state}" />
                <button type="submit">Use a smee.io channel</button>
              </form>
            </div>`
          : ""
      }
      ${page.folderProblem || page.isUnreachable ? "" : appForms(page)}
    </main>
  </body>
</html>`;

const appForms = ({ action, manifest, organization }: SetupPage) => html`
      <form method="post" action="${action}">
        <input type="hidden" name="manifest" value="${manifest}" />
        <button type="submit" autofocus>Make the GitHub App</button>
        for ${organization === "" ? "your own account" : organization}
      </form>
      <form method="get" action="/">
        <p>
          <label for="organization">To let an organization own the App, enter its name first:</label><br />
          <input id="organization" name="organization" value="${organization}" autocomplete="off" />
          <button type="submit">Choose</button>
        </p>
      </form>`;
