import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { auditOf, judge } from "../../scripts/known-vulnerabilities.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const here = { isRequired: false, isCi: false };
const inCi = { isRequired: false, isCi: true };
const required = { isRequired: true, isCi: true };

/** Audits against a registry that answers every audit so, and knows one version of every package. */
async function auditAgainst(status: number, body: string) {
  const asked: string[] = [];
  const registry = createServer((incoming, outgoing) => {
    asked.push(incoming.url ?? "");
    const isAudit = incoming.method === "POST";
    const name = decodeURIComponent(incoming.url?.slice(1) ?? "");
    const packument = JSON.stringify({ name, versions: { "1.0.0": { name, version: "1.0.0" } } });
    outgoing.writeHead(isAudit ? status : 200, { "content-type": "application/json" });
    outgoing.end(isAudit ? body : packument);
  });
  registry.listen(0, "127.0.0.1");
  await once(registry, "listening");
  const url = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
  const audit = await auditOf(root, `--registry=${url}`, "--fetch-retries=0");
  registry.closeAllConnections();
  await new Promise((done) => registry.close(done));
  expect(asked.some((path) => path.startsWith("/-/npm/v1/security/"))).toBe(true);
  return audit;
}

const advisory = (severity: string) => ({
  id: 1,
  url: "https://example.com/advisory",
  title: "It breaks",
  severity,
  vulnerable_versions: "*",
  cwe: [],
  cvss: { score: 0, vectorString: null },
});

test("a registry that knows of nothing passes, in CI as well", async () => {
  const audit = await auditAgainst(200, "{}");
  expect(audit).toEqual({ is: "answered", serious: [] });
  expect(judge(audit, required)).toEqual({ wrong: [], told: [] });
});

test("a serious vulnerability of what ships is wrong everywhere, that of the console included", async () => {
  const body = JSON.stringify({ react: [advisory("critical")], hono: [advisory("low")] });
  const audit = await auditAgainst(200, body);
  const { wrong } = judge(audit, here);
  expect(wrong).toContain("react has a vulnerability of severity critical: npm audit says which.");
  expect(wrong.some((line) => line.startsWith("hono "))).toBe(false);
});

test("a vulnerability of what only develops Zekt is not told", async () => {
  const audit = await auditAgainst(200, JSON.stringify({ "fast-check": [advisory("critical")] }));
  expect(audit).toEqual({ is: "answered", serious: [] });
});

test.each([404, 405, 501])(
  "a registry that offers no audit is told, and wrong where one is required (%i)",
  async (status) => {
    const audit = await auditAgainst(status, "");
    expect(audit).toEqual({ is: "not offered" });
    expect(judge(audit, inCi)).toEqual({ wrong: [], told: [expect.stringContaining("offers no audit")] });
    expect(judge(audit, required).wrong).toHaveLength(1);
  },
);

test.each([
  ["an error of the registry", 500, "{}"],
  ["a registry that lets nobody in", 401, "{}"],
  ["an answer that is none", 200, gzipSync("{}").toString("latin1")],
])("%s fails in CI, and is told elsewhere", async (_, status, body) => {
  const audit = await auditAgainst(status, body);
  expect(audit.is).toBe("failed");
  expect(judge(audit, inCi).wrong).toEqual([expect.stringContaining("could not be checked")]);
  expect(judge(audit, here)).toEqual({ wrong: [], told: [expect.stringContaining("could not be checked")] });
});
