import { generateKeyPairSync } from "node:crypto";
import { pino } from "pino";
import { expect, test } from "vitest";
import { loadProbot } from "../../app/main/load-probot.ts";

test("all events share one client of GitHub, which asks for no token of theirs", async () => {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const PRIVATE_KEY = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const config = { APP_ID: "1", PRIVATE_KEY, WEBHOOK_SECRET: "secret", GITHUB_API_URL: "http://127.0.0.1:1" };
  const probot = await loadProbot({} as never, config, pino({ level: "silent" }));
  const clients: unknown[] = [];
  probot.on("ping", ({ octokit }) => void clients.push(octokit));
  for (const payload of [{}, {}, { installation: { id: 7 } }])
    await probot.receive({ id: "1", name: "ping", payload: payload as never });
  expect(clients).toHaveLength(3);
  expect(new Set(clients).size).toBe(1);
});
