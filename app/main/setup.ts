import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Hono } from "hono";
import { html } from "hono/html";
import { secureHeaders } from "hono/secure-headers";
import { parse } from "yaml";
import { Requests } from "../github/requests.ts";
import type { Config } from "./config.ts";
import { ConfigError } from "./config-error.ts";

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
  /** Where the browser is. */
  origin: string;
  /** Called with the App's settings once there is one. */
  onApp(settings: Record<string, string>): Promise<void>;
}

const settingsFile = (dataDir: string): string => join(dataDir, "app.json");

/** Settings of an App that the first page made, or none. */
export function readSetup(dataDir: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(settingsFile(dataDir), "utf8")) as Record<string, string>;
  } catch (error) {
    // A folder that is not there, or none, is for those who make it.
    if (["ENOENT", "ENOTDIR"].includes((error as { code?: string }).code ?? "")) return {};
    throw new ConfigError(
      `${settingsFile(dataDir)} cannot be read; repair it, or remove it to set the App up anew.`,
      { cause: error },
    );
  }
}

/** The App as `app.yml` describes it, in the words of GitHub's manifest flow. */
export function manifest(
  appYml: string,
  { origin, webhookUrl }: Pick<SetupOptions, "origin" | "webhookUrl">,
): object {
  const app = parse(appYml) as Record<string, unknown>;
  return {
    name: app.name,
    url: app.url ?? origin,
    description: app.description,
    public: app.public ?? false,
    hook_attributes: { url: webhookUrl, active: true },
    redirect_url: `${origin}/setup/created`,
    callback_urls: [`${origin}/console/callback`],
    // Whoever installed it, or changed what it reaches, goes on in the console.
    setup_url: `${origin}/console/`,
    setup_on_update: true,
    default_permissions: app.default_permissions,
    default_events: app.default_events,
  };
}

/**
 * The first page of a Zekt that has no App yet: it has GitHub make one from `app.yml`.
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export function setupPages(options: SetupOptions): Hono {
  const { settings, origin } = options;
  const state = randomBytes(16).toString("hex");
  const pages = new Hono();
  pages.use(secureHeaders({ strictTransportSecurity: false, xFrameOptions: "DENY" }));
  pages.get("/", (context) => {
    const body = manifest(readFileSync(new URL("../../app.yml", import.meta.url), "utf8"), options);
    const organization = context.req.query("organization");
    const path = organization
      ? `organizations/${encodeURIComponent(organization)}/settings/apps/new`
      : "settings/apps/new";
    return context.html(setupPage(`${settings.GITHUB_WEB_URL}/${path}?state=${state}`, JSON.stringify(body)));
  });
  pages.get("/setup/created", async (context) => {
    const code = context.req.query("code");
    if (!code || context.req.query("state") !== state) {
      return context.text(
        "This answer does not belong to a setup begun here. Begin again at the first page.",
        400,
      );
    }
    const octokit = new Requests().client(settings.GITHUB_API_URL);
    const { data } = await octokit.request("POST /app-manifests/{code}/conversions", { code });
    const app = data as unknown as Conversion;
    const made = {
      APP_ID: String(app.id),
      ZEKT_APP_SLUG: app.slug,
      ZEKT_APP_URL: app.html_url,
      PRIVATE_KEY: app.pem,
      WEBHOOK_SECRET: app.webhook_secret,
      GITHUB_CLIENT_ID: app.client_id,
      GITHUB_CLIENT_SECRET: app.client_secret,
      ZEKT_MASTER_KEY: randomBytes(32).toString("hex"),
    };
    mkdirSync(settings.ZEKT_DATA_DIR, { recursive: true });
    writeFileSync(settingsFile(settings.ZEKT_DATA_DIR), JSON.stringify(made, null, 2), { mode: 0o600 });
    await options.onApp(made);
    return context.redirect(`${app.html_url ?? origin}/installations/new`);
  });
  pages.get("/healthz", (context) => context.json({ status: "setup" }, 503));
  return pages;
}

const setupPage = (action: string, body: string) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Set up Zekt</title>
    <style>
      :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
      main { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; }
      button { font: inherit; padding: 0.5rem 1rem; cursor: pointer; }
    </style>
  </head>
  <body>
    <main>
      <h1>Zekt has no GitHub App yet</h1>
      <p>
        GitHub can make one with the permissions Zekt needs. You choose its name and owner there; its key and
        secrets come back to this server and are kept in its data folder.
      </p>
      <form method="post" action="${action}">
        <input type="hidden" name="manifest" value="${body}" />
        <button type="submit" autofocus>Make the GitHub App</button>
      </form>
      <p>For an organisation, open this page with <code>?organization=NAME</code>.</p>
    </main>
  </body>
</html>`;
