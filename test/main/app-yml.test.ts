import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { missingPermissions } from "../../app/domain/installations/installation.ts";
import { manifest } from "../../app/main/setup.ts";
import { type GitHubServer, startGitHub } from "../../fake-github/server.ts";

const text = readFileSync(new URL("../../app.yml", import.meta.url), "utf8");

let github: GitHubServer;
beforeAll(async () => {
  github = await startGitHub();
  github.control.createAccount({ login: "acme", type: "Organization" });
});
afterAll(() => github.close());

test("the App asks for what Zekt uses and no more, and for runs not at all", () => {
  expect(parse(text)).toMatchObject({
    default_permissions: {
      metadata: "read",
      actions: "read",
      contents: "write",
      repository_hooks: "write",
      checks: "write",
    },
    default_events: ["installation_target", "repository", "push"],
  });
});

test("what an installation may lack is what the App asks for", () => {
  const { default_permissions } = parse(text) as { default_permissions: Record<string, string> };
  const asked = Object.entries(default_permissions).map(([name, level]) => `${name}: ${level}`);
  expect(missingPermissions({}).sort()).toEqual(asked.sort());
  expect(missingPermissions(default_permissions)).toEqual([]);
  expect(missingPermissions({ ...default_permissions, metadata: "write", contents: "read" })).toEqual([
    "contents: write",
  ]);
});

test("GitHub makes an App of it, which is told of installations all the same", async () => {
  const body = manifest(text, {
    origin: "http://127.0.0.1:1",
    webhookUrl: "http://127.0.0.1:1/github/webhooks",
  });
  const asked = await fetch(`${github.url}/organizations/acme/settings/apps/new?state=s`, {
    method: "POST",
    body: new URLSearchParams({ manifest: JSON.stringify(body) }),
    redirect: "manual",
  });
  const code = new URL(asked.headers.get("location") as string).searchParams.get("code");
  const made = await fetch(`${github.url}/app-manifests/${code}/conversions`, { method: "POST" });
  expect(made.status).toBe(201);
  const app = (await made.json()) as { slug: string; permissions: object; events: string[] };
  expect(app).toMatchObject({ slug: "zekt", events: ["installation_target", "repository", "push"] });
  await github.control.install({ app: app.slug, account: "acme" });
  expect(github.control.deliveries({ event: "installation" })).toHaveLength(1);
});
