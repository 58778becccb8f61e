import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createNodeMiddleware, createProbot, type Probot } from "probot";
import { dispatchBody, Octokit, type Target } from "./dispatching.ts";

/** The App's Probot, as a team's own router starts it. */
export const probotOf = (): Probot =>
  createProbot({
    overrides: {
      appId: process.env.APP_ID as string,
      privateKey: process.env.PRIVATE_KEY as string,
      secret: process.env.WEBHOOK_SECRET as string,
      baseUrl: process.env.GITHUB_API_URL as string,
      Octokit,
      logLevel: "fatal",
    },
  });

/** Serves a Probot app on a port of its own; returns its address. */
export async function serveProbot(probot: Probot, app: (probot: Probot) => void): Promise<string> {
  const server = createServer(await createNodeMiddleware(app, { probot, webhooksPath: "/github/webhooks" }));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Dispatches a run to one consumer. */
export async function dispatch(
  probot: Probot,
  { installationId, fullName }: Target,
  run: Record<string, unknown>,
  deliveryId: string,
): Promise<void> {
  const octokit = await probot.auth(installationId);
  const [owner = "", repo = ""] = fullName.split("/");
  await octokit.request("POST /repos/{owner}/{repo}/dispatches", {
    owner,
    repo,
    ...dispatchBody(run, deliveryId),
  });
}
