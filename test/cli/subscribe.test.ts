import { createServer } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../harness/stage.ts";
import {
  bringOn,
  deliveriesTo,
  dispatchesTo,
  publish,
  startWorld,
  type World,
  zektOf,
} from "../../harness/world.ts";
import { zektAs } from "./run-zekt.ts";

let world: World;
let consumer: ReturnType<typeof zektAs>;
let provider: ReturnType<typeof zektAs>;
beforeAll(async () => {
  world = await startWorld();
  consumer = zektAs(world, "initech-dev");
  provider = zektAs(world, "acme-dev");
  await bringOn(world, "initech/second");
});
afterAll(async () => await world.close());

const SERVICE = "acme/provider/releases";
const idIn = (text: string): string => /subscription-[0-9a-f-]+/.exec(text)?.[0] ?? "";

test("a repository that is no consumer is named, and --enable makes it one after a question", async () => {
  const bare = await consumer(["subscribe", "initech/second", SERVICE, "--yes"]);
  expect(bare).toMatchObject({ code: 1, out: "" });
  expect(bare.err).toContain("not enabled for receiving events; add --enable");
  const refused = await consumer(["subscribe", "initech/second", SERVICE, "--enable"], { answer: "n" });
  expect(refused).toMatchObject({ code: 1, err: "zekt: Nothing was requested.\n" });
  expect(refused.asked).toEqual([
    `Zekt will enable it for receiving events, and ask for the events of ${SERVICE} for initech/second. Continue? [y/N] `,
  ]);
  const asked = await consumer(
    ["subscribe", "initech/second", SERVICE, "--enable", "--event-type", "built", "--event-type", "tested"],
    { answer: "y" },
  );
  expect(asked.code).toBe(0);
  expect(asked.out).toMatch(
    /^Asked for acme\/provider\/releases \(built, tested\) as subscription-\S+; its provider has to approve it \(requested\)\.\n$/,
  );
});

test("a provider sees who waits, and approves after a question that says who gets what", async () => {
  const list = await provider(["approve"]);
  expect(list.code).toBe(0);
  const id = idIn(list.out);
  expect(list.out.split("\n")[1]).toMatch(
    /initech-dev {2,}initech\/second {2,}acme\/provider\/releases {2,}built, tested$/,
  );
  const { asked } = await provider(["approve", id], { answer: "no" });
  expect(asked[0]).toMatch(
    /^Zekt will send built, tested of acme\/provider\/releases to initech\/second \(owner: .+\)\. Continue/,
  );
  expect(await provider(["approve", id, "--yes"])).toMatchObject({ code: 0, out: `Approved ${id}.\n` });
  expect(await provider(["approve"])).toMatchObject({ code: 0, out: "", err: "No request waits for you.\n" });
});

test("a test event is sent after a question, and --wait says what became of it", async () => {
  const before = dispatchesTo(world, "initech/second").length;
  const none = await consumer(["send", "initech/second"], { answer: "" });
  expect(none).toMatchObject({ code: 1, err: "zekt: Nothing was sent.\n" });
  expect(none.asked).toEqual([
    "Zekt will send a test event of acme/provider/releases to initech/second, and its workflows will run. Continue? [y/N] ",
  ]);
  const sent = await consumer(["send", "initech/second", "--yes", "--wait"], {
    wait: async () => {
      await until(() => dispatchesTo(world, "initech/second").length > before);
      return true;
    },
  });
  expect(sent).toMatchObject({ code: 0 });
  expect(sent.out).toMatch(/^Dispatched built as delivery-/);
  expect(zektOf(dispatchesTo(world, "initech/second").at(-1))).toMatchObject({ isTest: true });
});

test("of several subscriptions each is listed on a line of its own", async () => {
  const other = ["--workflow", ".github/workflows/other.yml", "--event-type", "built"];
  expect((await consumer(["subscribe", "initech/second", SERVICE, ...other, "--yes"])).err).toBe("");
  const { code, out, err } = await consumer(["send", "initech/second", "--yes"]);
  expect([code, out]).toEqual([2, ""]);
  const [first, ...lines] = err.trimEnd().split("\n");
  expect(first).toBe("zekt: initech/second has several subscriptions; name one by its id:");
  expect(lines).toHaveLength(2);
  for (const line of lines)
    expect(line).toMatch(/^ {2}subscription-[0-9a-f-]+ {2}\S+ {2}(approved|requested)$/);
  const added = lines.find((line) => line.endsWith("requested")) ?? "";
  await world.api("initech-dev", "DELETE", `/subscriptions/${idIn(added)}`);
});

test("a repeated request for durable delivery leaves the event types as they are", async () => {
  const again = ["subscribe", "initech/second", SERVICE, "--durable", "--enable", "--yes"];
  const { err, out } = await consumer(again);
  expect(err).toBe("");
  expect(out).toMatch(/^Subscribed to acme\/provider\/releases \(built, tested\) as subscription-/);
});

test("durable delivery by workflow_dispatch needs no completion tracking", async () => {
  const path = ".github/workflows/deploy.yml";
  const asked = await consumer([
    ...["subscribe", "initech/consumer", SERVICE, "--workflow", path],
    ...["--start", "workflow_dispatch", "--durable", "--yes"],
  ]);
  // The one thing that is missing here is the App's permission.
  expect(asked.err).not.toContain("completion tracking");
  expect(asked.err).toContain("read and write");
});

test("an approval is revoked and a request denied, each by its own question", async () => {
  const id = idIn((await consumer(["send", "initech/second", "--json"], { answer: "n" })).out) || undefined;
  expect(id).toBeUndefined();
  const subscription = await world.api<{ items: { subscriptionId: string; repository: string }[] }>(
    "acme-dev",
    "GET",
    "/subscriptions?side=provider",
  );
  const second =
    subscription.items.find(({ repository }) => repository === "initech/second")?.subscriptionId ?? "";
  const revoked = await provider(["approve", second, "--revoke"], { answer: "y" });
  expect(revoked).toMatchObject({ code: 0, out: `Revoked ${second}.\n` });
  expect(revoked.asked[0]).toContain("what is not dispatched yet is cancelled");
});

test.each([
  ["approve", ["approve", "--deny"]],
  ["an id of another kind", ["approve", "delivery-1"]],
  ["both decisions", ["approve", "subscription-1", "--deny", "--revoke"]],
  ["an event type that is too long", ["subscribe", "a/b", SERVICE, "--event-type", "x".repeat(101)]],
  ["no subscription's name", ["send", "nothing"]],
  ["no terminal", ["send", "initech/second"]],
])("%s is wrong usage", async (_, args) => {
  expect(await consumer(args)).toMatchObject({ code: 2, out: "" });
});

test("a provider behind an alias is never named as if the alias were its name", async () => {
  await world.api("acme-dev", "PATCH", `/services/${world.serviceId}`, { alias: "Compass" });
  const { asked } = await consumer(["send", "initech/consumer"], { answer: "n" });
  expect(asked[0]).toContain("a test event of Compass/releases (alias) to initech/consumer");
  await publish(world, "built");
  await until(async () => (await deliveriesTo(world, world.consumer)).length > 0);
  expect((await consumer(["deliveries", "initech/consumer"])).out).toContain(" Compass/releases (alias) ");
});

test("--wait waits for the delivery to appear, and says what was sent where it cannot go on", async () => {
  const sent = { deliveryId: "delivery-1", eventType: "release-published", correlationId: "1" };
  const delivery = { ...sent, status: "Dispatched", isFinalized: true, durable: false };
  const subscription = {
    subscriptionId: "subscription-1",
    serviceId: "service-1",
    service: null,
    repository: "initech/second",
    eventTypes: [],
  };
  /** The answers to those who look for the delivery, one after the other. */
  const answers: [status: number, body: object][] = [];
  const server = createServer((request, response) => {
    const [status, body] = request.url?.startsWith("/api/subscriptions/")
      ? [200, request.method === "GET" ? subscription : sent]
      : (answers.shift() ?? [200, delivery]);
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const send = (wait: () => boolean, now?: () => number) =>
    consumer(["send", "subscription-1", "--url", url, "--yes", "--wait"], { wait, ...(now ? { now } : {}) });
  const missing: (typeof answers)[number] = [404, { detail: "Not found, or you don't have access." }];
  answers.push(missing, missing);
  expect(await send(() => true)).toMatchObject({
    code: 0,
    out: "Dispatched release-published as delivery-1.\n",
  });
  const hint = "The event was sent; zekt show delivery-1 says what became of it.";
  answers.push([503, { detail: "GitHub is down." }]);
  expect(await send(() => true)).toMatchObject({
    code: 3,
    err: `zekt: ${url} answered 503: GitHub is down. ${hint}\n`,
  });
  answers.push(missing);
  expect(await send(() => false)).toMatchObject({
    code: 130,
    out: "",
    err: `zekt: There is no delivery of it yet. ${hint}\n`,
  });
  answers.push([200, { ...delivery, status: "Pending", isFinalized: false }]);
  expect(await send(() => false)).toMatchObject({
    code: 130,
    out: "",
    err: `zekt: The delivery is Pending. ${hint}\n`,
  });
  // It will not appear after minutes.
  let minutes = 0;
  answers.push(missing, missing, missing);
  expect(
    await send(
      () => true,
      () => 60_000 * minutes++,
    ),
  ).toMatchObject({ code: 1 });
  server.close();
});
