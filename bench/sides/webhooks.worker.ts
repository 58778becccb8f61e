import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createNodeMiddleware, Webhooks } from "@octokit/webhooks";
import { serveCalls } from "../support/worker.ts";

// The least that takes a webhook in: its signature verified, an empty handler, nothing kept.
const webhooks = new Webhooks({ secret: process.env.WEBHOOK_SECRET as string });
webhooks.on("workflow_run.completed", () => {});
const server = createServer(createNodeMiddleware(webhooks, { path: "/github/webhooks" }));
await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const calls = { url: () => url };
export type WebhooksCalls = typeof calls;
serveCalls(calls);
