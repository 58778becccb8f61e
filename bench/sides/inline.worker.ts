import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createNodeMiddleware, createProbot, type Probot } from "probot";
import { serveCalls } from "../support/worker.ts";
import { dispatchBody, Octokit, type Target, targetsOf } from "./dispatching.ts";

// The router that teams write today: a Probot handler that dispatches to every consumer inline.
const parallel = process.env.MODE === "parallel";
const targets = targetsOf();
let failed = 0;

const app = (probot: Probot): void => {
  probot.on("workflow_run.completed", async ({ payload }) => {
    const send = async ({ installationId, fullName }: Target): Promise<void> => {
      const octokit = await probot.auth(installationId);
      const [owner = "", repo = ""] = fullName.split("/");
      const body = dispatchBody(payload.workflow_run as never, randomUUID());
      await octokit.request("POST /repos/{owner}/{repo}/dispatches", { owner, repo, ...body });
    };
    const all = targets.get(payload.repository.id) ?? [];
    // One that fails is not to keep the others from theirs.
    const attempt = (target: Target): Promise<void> => send(target).catch(() => void failed++);
    if (parallel) await Promise.all(all.map(attempt));
    else for (const target of all) await attempt(target);
  });
};

const probot = createProbot({
  overrides: {
    appId: process.env.APP_ID as string,
    privateKey: process.env.PRIVATE_KEY as string,
    secret: process.env.WEBHOOK_SECRET as string,
    baseUrl: process.env.GITHUB_API_URL as string,
    Octokit,
    logLevel: "fatal",
  },
});
const server = createServer(await createNodeMiddleware(app, { probot, webhooksPath: "/github/webhooks" }));
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const calls = { url: () => url, failed: () => failed };
export type InlineCalls = typeof calls;
serveCalls(calls);
