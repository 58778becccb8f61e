import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiDeps } from "../../app/deps.ts";
import { createApi } from "../../app/http/api.ts";
import { silent, startWorld, tokenOf, WORKFLOW, type World } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";
import { Documented, type Json } from "../http/documented.ts";
import { arbitraryOf, deepJson, HOSTILE_TEXTS, headerText } from "./arbitrary-of.ts";
import { ask, expectUnshaken } from "./unshaken.ts";

/** Requests for each operation; `ZEKT_FUZZ` has more of them made. */
const RUNS = Number(process.env.ZEKT_FUZZ ?? 12);

const api = createApi({
  settings: { publicUrl: "https://zekt.example", avatarOrigins: [] },
  log: silent,
  store: {},
} as unknown as ApiDeps);
const document: Json = await (await api.request("/api/openapi.json")).json();
const operations = [...new Documented(document).operations()];

let world: World;
let runId: number;
const tokens: Record<string, string> = {};

beforeAll(async () => {
  world = await startWorld();
  const { control } = world.github;
  Object.assign(world.github.world.settings, { requestsPerHour: 1e9, pointsPerMinute: 1e9, concurrent: 1e6 });
  runId = (await control.startRun({ repository: "acme/provider", workflow: WORKFLOW })).id;
  for (const login of ["acme-dev", "initech-dev"]) tokens[login] = userToken(world, login);
}, 60_000);

afterAll(() => world.close());

/** Ids that are there, so that not every request ends at "there is no such thing". */
const known = (name: string): string[] =>
  ({
    repositoryId: [world.provider, world.consumer],
    serviceId: [world.serviceId],
    subscriptionId: [world.subscriptionId],
    path: [WORKFLOW],
  })[name] ?? [];

const callerOf = (operation: Json): string[] =>
  operation.security[0].oidc ? ["step", "acme-dev"] : ["acme-dev", "initech-dev", "step"];

async function tokenFor(caller: string): Promise<string> {
  return tokens[caller] ?? (await tokenOf(world, runId, { jti: crypto.randomUUID() }));
}

/** A segment of an address. A client resolves dots, and what is empty, to another route. */
const segmentOf = (text: string): string => (/^\.{0,2}$/.test(text) ? "%20" : encodeURIComponent(text));

/** An address of an operation, with its parameters filled in. */
function requestOf(path: string, operation: Json) {
  const parameters: Json[] = operation.parameters ?? [];
  const values = Object.fromEntries(
    parameters.map((one) => {
      const ids = one.in === "path" ? known(one.name) : [];
      const any = arbitraryOf(document, one.schema);
      return [`${one.in} ${one.name}`, ids.length > 0 ? fc.oneof(fc.constantFrom(...ids), any) : any];
    }),
  );
  const schema = operation.requestBody?.content["application/json"].schema;
  return fc
    .record({
      values: fc.record(values),
      body: schema ? arbitraryOf(document, schema) : fc.constant(undefined),
      caller: fc.constantFrom(...callerOf(operation)),
    })
    .map(({ values: given, body, caller }) => {
      const query = new URLSearchParams();
      const headers: Record<string, string> = {};
      let address = path;
      for (const { name, in: where } of parameters) {
        const value = (given as Record<string, unknown>)[`${where} ${name}`];
        // An arbitrary object may have a toString of its own that is no function.
        const text = (typeof value === "object" ? JSON.stringify(value) : String(value)).toWellFormed();
        if (where === "path") address = address.replace(`{${name}}`, segmentOf(text));
        else if (where === "query" && value !== null) query.set(name, text);
        else if (where === "header" && value !== null) headers[name] = headerText(text, 2000);
      }
      return { address: query.size > 0 ? `${address}?${query}` : address, headers, body, caller };
    });
}

test.each(operations.map(({ method, path, operation }) => [operation.operationId, method, path, operation]))(
  "%s answers whatever it is asked with a success or a reason",
  { timeout: 60_000 },
  async (_, method, path, operation) => {
    await fc.assert(
      fc.asyncProperty(requestOf(path, operation), async ({ address, headers, body, caller }) => {
        const seen = await ask(`${world.server.url}${address}`, {
          method: method.toUpperCase(),
          redirect: "manual",
          headers: {
            ...headers,
            authorization: `Bearer ${await tokenFor(caller)}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        expectUnshaken(seen, `${method} ${address} as ${caller} with ${JSON.stringify(body)}`);
        expect(Object.keys(operation.responses), `${seen.status} ${seen.text}`).toContain(
          String(seen.status),
        );
      }),
      { numRuns: RUNS },
    );
  },
);

const keys = (count: number, keyOf: (n: number) => string): string =>
  `{${Array.from({ length: count }, (_, n) => `"${keyOf(n)}":${n}`).join(",")}}`;

test("what is sent has prototype keys of its own in it, at its top and deeper", () => {
  const schema = { type: "object", properties: { inner: { type: "object" } } };
  const sent = fc
    .sample(arbitraryOf(document, schema), { numRuns: 5000, seed: 1 })
    .map((value) => JSON.stringify(value));
  for (const key of ["__proto__", "constructor", "toJSON"]) {
    expect(sent.some((text) => text?.startsWith(`{"${key}":`))).toBe(true);
    expect(sent.some((text) => text?.includes(`"inner":{"${key}":`))).toBe(true);
  }
});

const UNREADABLE: [string, string | Uint8Array][] = [
  ["nothing", ""],
  ["no JSON", "{"],
  ["a scalar", "null"],
  ["a list", "[]"],
  ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0xc3, 0x28, 0x7d])],
  ["a byte order mark", Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d])],
  ["objects nested 100,000 deep", deepJson(100_000)],
  ["lists nested 100,000 deep", deepJson(100_000, "[", "]")],
  ["a number of 100,000 digits", `{"eventType":"a","payload":${"9".repeat(100_000)}}`],
  ["prototype keys", '{"__proto__":{"eventType":"x"},"constructor":{"prototype":{"polluted":true}}}'],
  [
    "20,000 keys that differ only at the end of 150 characters",
    keys(20_000, (n) => `${"k".repeat(145)}${n}`),
  ],
  // Numbers as keys are hashed by their value alone: those with the same low bits meet in a table.
  ["16,000 keys that are multiples of 1024", keys(16_000, (n) => String(n * 1024))],
];

const BODIED = operations.filter(({ operation }) => operation.requestBody);

test.each(UNREADABLE)(
  "a body of %s gets a reason from every route that takes one",
  { timeout: 60_000 },
  async (_, body) => {
    for (const { method, path, operation } of BODIED) {
      const caller = callerOf(operation)[0] as string;
      const address = path.replace(/\{(\w+)\}/g, (_all, name: string) =>
        encodeURIComponent(known(name)[0] ?? "x"),
      );
      const seen = await ask(`${world.server.url}${address}`, {
        method: method.toUpperCase(),
        headers: { authorization: `Bearer ${await tokenFor(caller)}`, "content-type": "application/json" },
        body: body as string,
      });
      expectUnshaken(seen, `${method} ${address}`);
    }
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  },
);

test("no token is let in that is no token, whatever its text", async () => {
  for (const text of [...HOSTILE_TEXTS, "a.b.c", `${"a".repeat(4000)}.${"b".repeat(4000)}.c`, "ghu_"]) {
    for (const path of ["/api/events/receive", "/api/repositories"]) {
      const seen = await ask(`${world.server.url}${path}`, {
        method: path.endsWith("receive") ? "POST" : "GET",
        headers: { authorization: headerText(`Bearer ${text}`, 2000), "content-type": "application/json" },
        ...(path.endsWith("receive") ? { body: "{}" } : {}),
      });
      expectUnshaken(seen, text);
      expect(seen.status).toBe(401);
    }
  }
});
