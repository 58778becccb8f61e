import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

/** Starts a GitHub that knows the App of {@link IDLE_SETTINGS} and nothing else. */
export async function startIdleGitHub(): Promise<{ url: string; close(): void }> {
  const server = createServer(({ url }, response) => {
    response.setHeader("content-type", "application/json");
    response.end(url?.endsWith("/app") ? JSON.stringify(APP) : "[]");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => void server.close(),
  };
}

/** Returns the arguments by which a checkout's `npm start` starts its server, but for building the console. */
export function startOf(checkout: string): string[] {
  const { scripts } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
    scripts: { start: string };
  };
  return scripts.start
    .split(" ")
    .slice(1)
    .filter((arg) => arg !== "--console");
}

const APP = {
  id: 123,
  slug: "zekt",
  name: "zekt",
  html_url: "http://127.0.0.1/apps/zekt",
  events: ["workflow_run", "push", "repository"],
  permissions: {},
};

/** The settings of a server that is never asked for anything. */
export const IDLE_SETTINGS = {
  PORT: "0",
  APP_ID: "123",
  PRIVATE_KEY: generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  }).privateKey,
  WEBHOOK_SECRET: "webhook-secret-of-the-bench",
  GITHUB_CLIENT_ID: "client",
  GITHUB_CLIENT_SECRET: "client-secret-of-the-bench",
  ZEKT_MASTER_KEY: "0".repeat(64),
};
