import { createHmac, randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, WORKFLOW, type World } from "../../harness/world.ts";
import type { Json } from "../http/documented.ts";
import { anyJson, deepJson, HOSTILE_TEXTS } from "./arbitrary-of.ts";
import { ask, expectUnshaken, type Seen } from "./unshaken.ts";

/** Bodies for each address; `ZEKT_FUZZ` has more of them made. */
const RUNS = Number(process.env.ZEKT_FUZZ ?? 12) * 4;

let world: World;
let secrets: { app: string; repository: string };
const good: Record<string, Json> = {};

beforeAll(async () => {
  world = await startWorld();
  const { control, world: github } = world.github;
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  await control.completeRun(run.id, "success");
  await control.push("acme/provider", { "a.txt": "a" });
  await control.idle();
  for (const { event, request } of control.deliveries()) good[event] = JSON.parse(request.body);
  const { repository } = good.push;
  good.repository = { action: "renamed", changes: {}, repository, installation: good.push.installation };
  good.installation_repositories = {
    action: "added",
    installation: good.installation.installation,
    repositories_added: [{ id: repository.id }],
    repositories_removed: [],
  };
  secrets = {
    app: [...github.apps.values()][0]?.hook.secret as string,
    repository: control.repository("acme/provider").hooks[0]?.secret as string,
  };
}, 60_000);

afterAll(() => world.close());

const OF_APP = "/github/webhooks";
const ofRepository = (): string => `${OF_APP}/repositories/${world.provider}`;

async function post(
  path: string,
  event: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Seen> {
  const secret = path === OF_APP ? secrets.app : secrets.repository;
  return await ask(`${world.server.url}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": event,
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      ...headers,
    },
    body: body as string,
  });
}

/** Every place in a JSON value, as the keys that lead to it. */
function placesOf(value: Json, at: readonly string[] = []): (readonly string[])[] {
  const inner = value !== null && typeof value === "object" ? Object.keys(value) : [];
  return [at, ...inner.flatMap((key) => placesOf(value[key], [...at, key]))];
}

/** A copy with one place replaced, or taken away where the value is undefined. */
function changed(value: Json, [key, ...rest]: readonly string[], by: unknown): Json {
  if (key === undefined) return by;
  return { ...value, [key]: changed(value[key], rest, by) };
}

const EVENTS = ["workflow_run", "ping", "installation", "installation_repositories", "repository", "push"];

test.each(EVENTS)(
  "a rightly signed %s with anything wrong in it is answered with a reason",
  { timeout: 60_000 },
  async (event) => {
    const payload = good[event];
    expect(payload, event).toBeDefined();
    const places = placesOf(payload);
    const change = fc.record({
      place: fc.constantFrom(...places),
      value: fc.oneof(anyJson, fc.constant(undefined)),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        const broken = changes.reduce((at, { place, value }) => {
          try {
            return changed(at, place, value);
          } catch {
            return at;
          }
        }, payload);
        const body = JSON.stringify(broken) ?? "";
        for (const path of [OF_APP, ofRepository()]) {
          expectUnshaken(await post(path, event, body), `${event} to ${path}: ${JSON.stringify(changes)}`);
        }
      }),
      { numRuns: RUNS },
    );
  },
);

test.each([
  ["no JSON", "{"],
  ["a scalar", "1"],
  ["bytes that are no UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ["objects nested 500,000 deep", deepJson(500_000)],
  ["lists nested 500,000 deep", deepJson(500_000, "[", "]")],
  ["prototype keys", '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'],
  ["a number of 100,000 digits", `{"repository":{"id":${"9".repeat(100_000)}}}`],
])("a webhook of %s is answered with a reason", async (_, body) => {
  for (const path of [OF_APP, ofRepository()])
    for (const event of EVENTS) expectUnshaken(await post(path, event, body), `${event} to ${path}`);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();
});

/** Bytes of any kind, and those of a real event with a few of them changed. */
const bytesLike = (event: string): fc.Arbitrary<Uint8Array> => {
  const real = Buffer.from(JSON.stringify(good[event]));
  const slip = fc.tuple(fc.nat(real.length - 1), fc.integer({ min: 0, max: 255 }));
  return fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 400 }),
    fc.array(slip, { minLength: 1, maxLength: 4 }).map((slips) => {
      const bytes = Uint8Array.from(real);
      for (const [at, by] of slips) bytes[at] = by;
      return bytes;
    }),
  );
};

test.each(EVENTS)(
  "any bytes, rightly signed as a %s, are answered with a reason",
  { timeout: 60_000 },
  async (event) => {
    await fc.assert(
      fc.asyncProperty(bytesLike(event), async (bytes) => {
        for (const path of [OF_APP, ofRepository()]) {
          const seen = await post(path, event, bytes);
          expectUnshaken(seen, `${event} to ${path}: ${Buffer.from(bytes).toString("base64")}`);
          // Signed as they are, they were read: whatever is wrong with them is not their signature.
          expect(seen.status).not.toBe(401);
        }
      }),
      { numRuns: RUNS },
    );
  },
);

test("a run with a title of a megabyte is stored, its title cut", async () => {
  const run = { ...good.workflow_run.workflow_run, id: 77, display_title: "t".repeat(1_000_000) };
  const { status } = await post(
    ofRepository(),
    "workflow_run",
    JSON.stringify({ ...good.workflow_run, workflow_run: run }),
  );
  expect(status).toBe(202);
  const { events } = await world.server.deps.store.runs.load({ repositoryId: world.provider, runId: "77" });
  expect(events[0]?.run.display_title).toHaveLength(1000);
});

test("names of events and deliveries that are none are no way in", async () => {
  for (const text of HOSTILE_TEXTS) {
    const header = text.replace(/[^\x20-\x7e]/g, "?").trim() || "x";
    for (const path of [OF_APP, ofRepository()]) {
      expectUnshaken(await post(path, header, JSON.stringify(good.repository)), `event ${header}`);
      const asId = await post(path, "workflow_run", JSON.stringify(good.workflow_run), {
        "x-github-delivery": header,
      });
      expectUnshaken(asId, `delivery ${header}`);
    }
  }
});

test("a body above 25 MB is refused before it is held in memory", async () => {
  const chunk = new Uint8Array(1024 * 1024);
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 1;
      if (sent > 200) controller.close();
      else controller.enqueue(chunk);
    },
  });
  const before = process.memoryUsage.rss();
  const answer = await fetch(`${world.server.url}${OF_APP}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-github-event": "push",
      "x-github-delivery": randomUUID(),
      "x-hub-signature-256": "sha256=00",
    },
    body: endless,
    duplex: "half",
  } as RequestInit).catch(() => null);
  // The connection may be cut before the answer is read: that is a refusal too.
  if (answer) expect(answer.status).toBe(413);
  expect(sent).toBeLessThan(60);
  expect(process.memoryUsage.rss() - before).toBeLessThan(150 * 1024 * 1024);
});
