import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { consoleRoutes } from "../../../app/http/pages/console.ts";
import { docsPage } from "../../../app/http/pages/docs-page.ts";
import { type Listener, listen } from "../../../app/main/start-server.ts";
import { type Stage, setStage } from "../../../harness/stage.ts";
import { silent } from "../../../harness/world.ts";

const PAGE = '<!doctype html><script type="module" src="/console/assets/index-4f2a.js"></script>';

let stage: Stage;
let built: Listener;
let missing: Listener;
const folder = mkdtempSync(join(tmpdir(), "zekt-console-"));

beforeAll(async () => {
  stage = await setStage({ log: silent });
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), PAGE);
  writeFileSync(join(folder, "favicon.svg"), "<svg/>");
  writeFileSync(join(folder, "assets/index-4f2a.js"), `const words = "${"word ".repeat(1000)}";`);
  writeFileSync(join(folder, "assets/packed-1a2b.js"), "plain();");
  writeFileSync(join(folder, "assets/packed-1a2b.js.br"), brotliCompressSync("packed();"));
  const { deps } = stage.server;
  built = await listen("127.0.0.1", 0);
  built.serve(consoleRoutes(deps, { folder }).fetch);
  missing = await listen("127.0.0.1", 0);
  missing.serve(consoleRoutes(deps, { folder: join(folder, "nowhere") }).fetch);
});
afterAll(async () => {
  await Promise.all([built.close(), missing.close(), stage.close()]);
  rmSync(folder, { recursive: true });
});

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${built.url}${path}`, { redirect: "manual", headers });

test.each([
  "/console/",
  "/console/deliveries/delivery-1",
  "/console/repositories/acme%2Freleases",
  "/console/a.b",
])("%s is the console's page, asked for anew each time", async (path) => {
  const answer = await get(path);
  expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([
    200,
    "text/html; charset=utf-8",
    PAGE,
  ]);
  expect(answer.headers.get("cache-control")).toBe("no-cache");
});

test("a file whose name says what it holds is kept for ever, and travels compressed", async () => {
  const answer = await get("/console/assets/index-4f2a.js", { "accept-encoding": "gzip" });
  expect(answer.headers.get("content-type")).toMatch(/javascript/);
  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(answer.headers.get("content-encoding")).toBe("gzip");
  expect(await answer.text()).toContain("word word");
});

test("a file that the build has compressed already is sent as it is", async () => {
  const answer = await get("/console/assets/packed-1a2b.js", { "accept-encoding": "gzip, br" });
  expect(answer.headers.get("content-encoding")).toBe("br");
  expect(answer.headers.get("vary")).toMatch(/accept-encoding/i);
  expect(await answer.text()).toBe("packed();");
  expect(await (await get("/console/assets/packed-1a2b.js", { "accept-encoding": "identity" })).text()).toBe(
    "plain();",
  );
});

test("a file that an older page asks for is not there, and no page is given for it", async () => {
  const answer = await get("/console/assets/index-old.js");
  expect([answer.status, answer.headers.get("content-type")]).toEqual([404, "application/problem+json"]);
});

test("other files of the build are served as they are", async () => {
  expect((await get("/console/favicon.svg")).headers.get("content-type")).toMatch(/^image\/svg/);
  expect((await get("/console")).headers.get("location")).toBe("/console/");
});

test.each([
  "/console/..%2f..%2fpackage.json",
  "/console/%2e%2e/%2e%2e/package.json",
  "/console/assets/..%2f..%2fx",
])("nothing outside the build is served for %s", async (path) => {
  expect(await (await get(path)).text()).not.toContain('"name"');
});

test("nothing but this origin runs, loads or frames the console", async () => {
  const { headers } = await get("/console/");
  const policy = headers.get("content-security-policy") ?? "";
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]) {
    expect(policy).toContain(part);
  }
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("same-origin");
  // Over http a browser would not take it, and a name of a loopback is shared.
  expect(headers.get("strict-transport-security")).toBeNull();
});

test("on https the browser is told to stay there, and takes cookies of this host alone", async () => {
  const { deps } = stage.server;
  const routes = consoleRoutes({
    ...deps,
    settings: { ...deps.settings, publicUrl: "https://zekt.example" },
  });
  const answer = await routes.request("https://zekt.example/console/sign-in");
  expect(answer.headers.get("strict-transport-security")).toMatch(/^max-age=\d+/);
  expect(answer.headers.get("set-cookie")).toMatch(/^__Host-zekt-sign-in=.*; Secure/);
});

test("a console that is not built says how to build it, and signing in works all the same", async () => {
  const answer = await fetch(`${missing.url}/console/deliveries`);
  expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining("npm run console")]);
  const signIn = await fetch(`${missing.url}/console/sign-in`, { redirect: "manual" });
  expect(signIn.status).toBe(302);
});

test("the API's documentation is a page of this deployment alone, under the same policy", async () => {
  const page = await fetch(`${stage.server.url}/api/docs`);
  expect(page.headers.get("content-security-policy")).toContain("script-src 'self'");
  const sources = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source);
  expect(sources).toHaveLength(3);
  for (const source of sources) {
    const file = await fetch(`${stage.server.url}${source}`);
    expect([source, file.status]).toEqual([source, 200]);
    expect(file.headers.get("content-type")).toMatch(/css|javascript/);
    expect(file.headers.get("x-content-type-options")).toBe("nosniff");
  }
  expect((await fetch(`${stage.server.url}/api/docs/package.json`)).status).toBe(404);
});

test("a deployment without the page's files leads to the document", async () => {
  const answer = await docsPage(stage.server.deps, null).request("/api/docs");
  expect(await answer.text()).toContain('href="/api/openapi.json"');
});

test("what is data is no page for anybody", async () => {
  const { headers } = await fetch(`${stage.server.url}/api/openapi.json`);
  expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
});

test("the first page leads to the console", async () => {
  expect(await (await fetch(stage.server.url)).text()).toContain('href="/console/"');
});
