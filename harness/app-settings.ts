import type { GitHubServer } from "../fake-github/server.ts";

/** An App that was just made at the fake GitHub, as its pages show it to its owner. */
type NewApp = ReturnType<GitHubServer["control"]["createApp"]>;

/** Returns Zekt's settings for an App of the fake GitHub. */
export const appSettings = (app: NewApp) => ({
  APP_ID: app.app_id,
  PRIVATE_KEY: app.private_key,
  WEBHOOK_SECRET: app.webhook_secret,
  GITHUB_CLIENT_ID: app.client_id,
  GITHUB_CLIENT_SECRET: app.client_secret,
});
