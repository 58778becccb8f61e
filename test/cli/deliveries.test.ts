import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import { bringOn, deliveriesTo, publish, startWorld, type World } from "../../harness/world.ts";
import { zektAs } from "./run-zekt.ts";

const ESCAPES = "a\u001b[2J\u202eb";

let world: World;
let zekt: ReturnType<typeof zektAs>;
beforeAll(async () => {
  world = await startWorld();
  zekt = zektAs(world, "initech-dev");
  await bringOn(world, "initech/consumer-2");
  for (const type of ["built", ESCAPES, undefined]) await publish(world, type);
  await until(async () => {
    const all = await deliveriesTo(world, world.consumer);
    return all.length === 5 && all.every(({ status }) => status === "Dispatched");
  });
});
afterAll(async () => await world.close());

const idsIn = (out: string): string[] => out.match(/delivery-[0-9a-f-]+/g) ?? [];

test("a person sees a table, newest first, whose columns stand below their names", async () => {
  const { code, out, err } = await zekt(["deliveries", "initech/consumer"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const [header = "", ...lines] = out.trimEnd().split("\n");
  expect(header.split(/ {2,}/)).toEqual([
    "DELIVERY",
    "CREATED",
    "STATUS",
    "EVENT TYPE",
    "SERVICE",
    "CONSUMER",
    "MARKS",
  ]);
  const known = await deliveriesTo(world, world.consumer);
  expect(lines.map((line) => idsIn(line)[0])).toEqual(known.map(({ deliveryId }) => deliveryId).reverse());
  for (const line of lines) {
    expect(line.slice(header.indexOf("STATUS"))).toMatch(/^Dispatched {2}/);
    expect(line.slice(header.indexOf("CONSUMER"))).toMatch(/^initech\/consumer/);
    expect(line.slice(header.indexOf("SERVICE"))).toMatch(/^acme\/provider\/releases {2}/);
  }
});

test("an event type cannot steer the terminal", async () => {
  const { out } = await zekt(["deliveries", "initech/consumer"]);
  expect(out).toContain("a\\u{1b}[2J\\u{202e}b");
  for (const one of ["\u001b", "\u202e"]) expect(out).not.toContain(one);
});

test("statuses have colours where a person looks, and nothing has any in a pipe", async () => {
  const { out } = await zekt(["deliveries", "initech/consumer"], { showsColour: true });
  expect(out).toContain("\u001b[36mDispatched\u001b[39m  ");
  expect((await zekt(["deliveries", "initech/consumer"])).out).not.toContain("\u001b");
  const asJson = await zekt(["deliveries", "initech/consumer", "--json"], { showsColour: true });
  expect(asJson.out).not.toContain("\u001b");
});

test("--json prints what the API answers", async () => {
  const { out } = await zekt(["deliveries", "initech/consumer", "--json"]);
  const { items } = await world.api<{ items: unknown[] }>(
    "initech-dev",
    "GET",
    `/deliveries?repository=${world.consumer}&side=consumer`,
  );
  expect(JSON.parse(out)).toEqual(items);
});

test("filters and the limit choose among them", async () => {
  const count = async (...options: string[]) =>
    JSON.parse((await zekt(["deliveries", "INITECH/Consumer", "--json", ...options])).out).length;
  expect(await count("--limit", "2")).toBe(2);
  expect(await count("--event-type", "built")).toBe(1);
  expect(await count("--status", "Failed")).toBe(0);
  expect(await count("--text", "built")).toBe(1);
  expect(await count("--from", "2099-01-01")).toBe(0);
  expect(await count("--to", "2099-01-01T00:00:00+02:00")).toBe(5);
});

test("--where finds deliveries by their payload, and says on stderr how far it searched", async () => {
  const { items } = await world.api<{ items: { correlationId: string }[] }>(
    "initech-dev",
    "GET",
    `/deliveries?repository=${world.consumer}&side=consumer&eventType=built`,
  );
  const run = items[0]?.correlationId;
  const options = ["deliveries", "initech/consumer", "--json", "--where", `message.n == ${run}`];
  const { code, out, err, shown } = await zekt(options);
  expect({ code, ids: idsIn(out).length }).toEqual({ code: 0, ids: 1 });
  expect(err).toMatch(/^Searched 5 deliveries: 1 matches\. The expression failed for 3: .+\.\n$/);
  expect(shown).toEqual(["Searched 5 deliveries …", ""]);
  const some = await zekt(["deliveries", "initech/consumer", "--where", "true", "--limit", "2"]);
  expect(some.err).toMatch(/^Searched 2 deliveries: 2 match\. To search further back, add --to 2\S+Z\.\n$/);
  const wrong = await zekt(["deliveries", "initech/consumer", "--where", "message.n =="]);
  expect(wrong).toMatchObject({ code: 1, out: "", err: expect.stringContaining("line 1, column 11") });
});

test("a provider sees its own side; a repository may be named by its id", async () => {
  const asProvider = zektAs(world, "acme-dev");
  expect(idsIn((await asProvider(["deliveries", "acme/provider"])).out)).toHaveLength(5);
  expect(idsIn((await asProvider(["deliveries", world.provider])).out)).toHaveLength(5);
  const none = await asProvider(["deliveries", "acme/provider", "--side", "consumer"]);
  expect(none).toMatchObject({ code: 0, out: "", err: "No deliveries of acme/provider as consumer.\n" });
});

test("a repository that one has no role on is as unknown as one that is not there", async () => {
  for (const name of ["acme/provider", "acme/nothing", "acme/provide"]) {
    expect(await zekt(["deliveries", name])).toMatchObject({
      code: 1,
      err: `zekt: ${name} is not found: the App is not installed there, or you have no role on it.\n`,
    });
  }
  expect(await zekt(["deliveries", world.provider])).toMatchObject({ code: 1, out: "" });
});

test.each([
  [["--status", "failed"]],
  [["--from", "yesterday"]],
  [["--from", "2026-13-01"]],
  [["--from", "2026-02-30"]],
  [["--to", "2025-02-29T10:00Z"]],
  [["--limit", "0"]],
  [["--side", "both"]],
])("%j is wrong usage", async (options) => {
  expect(await zekt(["deliveries", "initech/consumer", ...options])).toMatchObject({ code: 2, out: "" });
});
