import { createHash } from "node:crypto";
import { expect, test, vi } from "vitest";
import { HOUR } from "../../../app/domain/clock.ts";
import { MAX_INLINE_BYTES, MAX_MESSAGE_BYTES, MAX_MESSAGES } from "../../../app/domain/limits.ts";
import type { SecretsChoice, Service } from "../../../app/domain/records/service.ts";
import { ingest } from "../../../app/steps/intake/ingest.ts";
import { RUN_MESSAGES } from "../../../app/store/fact-kinds.ts";
import { type DeliveryScene, deliveryScenes } from "../../support/delivery-scene.ts";
import { completedWebhook } from "../../support/model.ts";

/* What a provider's step says: what is stored of it, and what is refused, with the reason. */

const scenes = deliveryScenes();

const messagesOf = async ({ deps, provider }: DeliveryScene) =>
  (await deps.store.runs.load({ repositoryId: provider, runId: "7" })).messages;

test("a message is stored under its run and attempt, and dispatches nothing", async () => {
  const scene = await scenes.build();
  const { eventId, consumersNotified } = await scene.say({ payload: '{"n":1}' });
  const body = '{"n":1}';
  expect(await messagesOf(scene)).toMatchObject([
    {
      messageId: eventId,
      runAttempt: 1,
      eventType: "built",
      body,
      bodyKey: null,
      size: 7,
      sha256: createHash("sha256").update(body).digest("hex"),
    },
  ]);
  expect(consumersNotified).toBe(1);
  expect([scene.queues.routing, scene.queues.deliveries, scene.sent]).toEqual([[], [], []]);
});

test("the same call again is the same message, with a key or without", async () => {
  const scene = await scenes.build();
  const first = await scene.say({ payload: "1" });
  expect(await scene.say({ payload: "1" })).toEqual(first);
  expect((await scene.say({ payload: "2" })).eventId).not.toBe(first.eventId);
  const keyed = await scene.say({ payload: "3", idempotencyKey: "one" });
  expect(await scene.say({ payload: "3", idempotencyKey: "one" })).toEqual(keyed);
  expect(await messagesOf(scene)).toHaveLength(3);
  const counted = await scene.deps.store.meters.total(
    "owner#1",
    scene.clock.at - HOUR,
    scene.clock.at + HOUR,
  );
  expect(counted.messages).toBeGreaterThanOrEqual(3);
});

test("a key that was used for another message of the run is a conflict, and the first message stands", async () => {
  const scene = await scenes.build();
  await scene.say({ payload: "1", idempotencyKey: "one" });
  await expect(scene.say({ payload: "2", idempotencyKey: "one" })).rejects.toMatchObject({
    code: "conflict",
    message: "This Idempotency-Key was used for another message of the same run.",
  });
  await expect(scene.say({ payload: "1", eventType: "tested", idempotencyKey: "one" })).rejects.toMatchObject(
    {
      code: "conflict",
    },
  );
  expect((await messagesOf(scene)).map(({ body }) => body)).toEqual(["1"]);
});

test("the same words of a later attempt of the run are a message of their own", async () => {
  const scene = await scenes.build();
  const first = await scene.say({ payload: "1" });
  const second = await scene.say({ payload: "1" }, { runAttempt: 2 });
  expect(second.eventId).not.toBe(first.eventId);
  expect((await messagesOf(scene)).map(({ runAttempt }) => runAttempt).sort()).toEqual([1, 2]);
});

test("a message costs as much after many others of its run as after none", async () => {
  const scene = await scenes.build();
  const { runs } = scene.deps.store;
  for (const n of [1, 2, 3]) await scene.say({ payload: String(n) });
  const whole = vi.spyOn(runs, "load");
  await ingest(scene.deps, completedWebhook(scene.provider, 1));
  scene.queues.routing.splice(0);
  await scene.say({ payload: "4" });
  expect(whole).not.toHaveBeenCalled();
  expect(scene.queues.routing).toMatchObject([{ runId: "7", runAttempt: 1 }]);
  whole.mockRestore();
  const { events } = await runs.eventsOf({ repositoryId: scene.provider, runId: "7" });
  expect(events).toMatchObject([{ runId: "7", runAttempt: 1, run: { id: 7 } }]);
});

test("a run sends a thousand messages, and what is refused as one too many leaves nothing", async () => {
  const scene = await scenes.build();
  const run = { repositoryId: scene.provider, runId: "7" };
  const send = async (first: number, count: number): Promise<void> => {
    for (let n = first; n < first + count; n++) await scene.say({ payload: String(n) });
  };
  await send(0, 100);
  // The others are counted, as if they had been sent.
  for (let n = 0; n < MAX_MESSAGES - 5; n++) await scene.deps.store.facts.count(RUN_MESSAGES.of(run));
  await send(100, 5);
  const large = JSON.stringify("x".repeat(MAX_INLINE_BYTES));
  for (const payload of ["105", large])
    await expect(scene.say({ payload })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(/^The run has sent 1000 messages, which is the most that one may\./),
    });
  expect(await messagesOf(scene)).toHaveLength(105);
  expect((await scene.deps.store.archive.list(`messages/${scene.provider}/7/`)).items).toEqual([]);
  // What was taken stays taken when it is sent again, and another run has messages of its own.
  await send(0, 1);
  await scene.say({ payload: "105" }, { runId: "8" });
});

test("a message reads no other messages of its run than a page of them", async () => {
  const scene = await scenes.build();
  await ingest(scene.deps, completedWebhook(scene.provider, 1));
  scene.queues.take();
  const body = "x".repeat(50_000);
  for (let n = 0; n < 40; n++) await scene.say({ payload: JSON.stringify(`${n}${body}`) });
  const run = { repositoryId: scene.provider, runId: "7" };
  const { events, isCrowded } = await scene.deps.store.runs.eventsOf(run);
  // Two megabytes: more than one page of the store has.
  expect(isCrowded).toBe(true);
  expect(events).toHaveLength(1);
  expect(scene.queues.routing).toHaveLength(40);
});

test("a message that is too large for its item is kept in the archive, whole", async () => {
  const scene = await scenes.build();
  const payload = JSON.stringify("x".repeat(MAX_INLINE_BYTES));
  await scene.say({ payload });
  const [message] = await messagesOf(scene);
  expect(message?.body).toBeNull();
  expect(await scene.deps.store.archive.get(message?.bodyKey as string)).toBe(payload);
});

test("a message may have its limit in bytes and no more, and a refused one leaves nothing", async () => {
  const scene = await scenes.build();
  const most = "é".repeat((MAX_MESSAGE_BYTES - 2) / 2);
  await scene.say({ payload: JSON.stringify(most) });
  await expect(scene.say({ payload: JSON.stringify(`${most}x`) })).rejects.toMatchObject({
    code: "too-large",
    message: `The message has ${MAX_MESSAGE_BYTES + 1} bytes as JSON in UTF-8; the limit is ${MAX_MESSAGE_BYTES}.`,
  });
  expect(await messagesOf(scene)).toHaveLength(1);
});

test("a message that comes after its run's event has every later attempt routed again", async () => {
  const scene = await scenes.build();
  for (const attempt of [1, 2, 3]) await ingest(scene.deps, completedWebhook(scene.provider, attempt));
  scene.queues.routing.splice(0);
  await scene.say({}, { runAttempt: 2 });
  expect(scene.queues.routing.map(({ runAttempt }) => runAttempt)).toEqual([2, 3]);
});

test.each<[string, Parameters<DeliveryScene["say"]>[0], string]>([
  ["names another run", { workflowRunId: "8" }, "The body names run 8, but the token is of run 7."],
  ["names another repository in its header", { repositoryHeader: "evil/r" }, "The request names evil/r"],
  ["names another repository in its body", { repository: "evil/r" }, "The request names evil/r"],
])("a message whose request %s than its token is refused", async (_, input, reason) => {
  const scene = await scenes.build();
  await expect(scene.say(input)).rejects.toMatchObject({ code: "forbidden" });
  await expect(scene.say(input)).rejects.toThrow(reason);
  expect(await messagesOf(scene)).toEqual([]);
});

test("a repository may be named in another case", async () => {
  const scene = await scenes.build();
  const repository = `ACME/R${scene.provider}`;
  await scene.say({ repository, repositoryHeader: repository, workflowRunId: "7" });
  expect(await messagesOf(scene)).toHaveLength(1);
});

test.each([
  ["", "An event type has 1 to 100 characters."],
  ["x".repeat(101), "An event type has 1 to 100 characters."],
  ["zekt-workflow-completed", "zekt-workflow-completed is reserved"],
])("the event type %j is refused, with where it is", async (eventType, reason) => {
  const scene = await scenes.build();
  await expect(scene.say({ eventType })).rejects.toThrow(reason);
  await expect(scene.say({ eventType })).rejects.toMatchObject({
    code: "invalid",
    errors: [{ pointer: "/eventType" }],
  });
  expect(await messagesOf(scene)).toEqual([]);
});

test("an event type may have 100 characters, however many bytes", async () => {
  const scene = await scenes.build();
  await scene.say({ eventType: "🚀".repeat(100) });
  expect(await messagesOf(scene)).toHaveLength(1);
});

test("a repository that is no provider, or out of reach, is refused by its name", async () => {
  for (const change of [{ provider: false }, { reachable: false }]) {
    const scene = await scenes.build();
    await scene.deps.store.accounts.setRepository({ repositoryId: scene.provider, ...change });
    await expect(scene.say()).rejects.toMatchObject({
      code: "forbidden",
      message: expect.stringContaining(`acme/r${scene.provider} is not enabled as a provider.`),
    });
    expect(await messagesOf(scene)).toEqual([]);
  }
});

test("only approved subscriptions that want the type are counted as notified", async () => {
  const scene = await scenes.build({ eventTypes: ["built"] });
  expect((await scene.say()).consumersNotified).toBe(1);
  expect((await scene.say({ eventType: "tested" })).consumersNotified).toBe(0);
  await scene.changeSubscription({ status: "revoked" });
  expect((await scene.say({ payload: "2" })).consumersNotified).toBe(0);
});

const TOKEN = `ghp_${"a1B2".repeat(9)}`;

/** Sets what the provider's service says of credentials. */
async function chooseSecrets(scene: DeliveryScene, secrets: SecretsChoice, slug?: string): Promise<void> {
  const { catalog } = scene.deps.store;
  const [service] = (await catalog.offerOf(scene.provider)).services;
  const updatedAt = `${secrets} ${slug ?? ""}`;
  if (slug === undefined)
    await catalog.replaceService(service as Service, { ...(service as Service), secrets, updatedAt });
  else
    await catalog.addService({
      ...(service as Service),
      serviceId: `${scene.provider}-${slug}`,
      slug,
      secrets,
    });
}

test("a message with what looks like a credential is refused with its place and not its value", async () => {
  const scene = await scenes.build();
  const refused = await scene
    .say({ payload: JSON.stringify({ env: [{ token: TOKEN }] }) })
    .catch((error) => error);
  expect(refused).toMatchObject({
    code: "invalid",
    errors: [{ pointer: "/payload/env/0/token", detail: "looks like a credential (GITHUB_TOKEN)" }],
  });
  expect(JSON.stringify(refused) + refused.message).not.toContain(TOKEN);
  expect(await messagesOf(scene)).toEqual([]);
});

test("a credential is refused as well where no service offers the message yet", async () => {
  const scene = await scenes.build();
  const { catalog } = scene.deps.store;
  for (const service of (await catalog.offerOf(scene.provider)).services)
    await catalog.removeService(service);
  await expect(scene.say({ payload: JSON.stringify(TOKEN) })).rejects.toMatchObject({ code: "invalid" });
});

test("a service can have credentials masked, and the same call again is the same message", async () => {
  const scene = await scenes.build();
  await chooseSecrets(scene, "mask");
  const payload = `{"n":1.50,"token":"${TOKEN}"}`;
  const said = await scene.say({ payload });
  expect(said).toMatchObject({ masked: ["/token"], blocked: null });
  expect(await scene.say({ payload })).toEqual(said);
  const body = '{"n":1.50,"token":"***"}';
  expect(await messagesOf(scene)).toMatchObject([
    { body, size: body.length, sha256: createHash("sha256").update(body).digest("hex") },
  ]);
});

test("a key that looks like a credential is refused where others would be masked", async () => {
  const scene = await scenes.build();
  await chooseSecrets(scene, "mask");
  await expect(scene.say({ payload: JSON.stringify({ [TOKEN]: 1 }) })).rejects.toMatchObject({
    errors: [{ pointer: "/payload", detail: "has a key that looks like a credential (GITHUB_TOKEN)" }],
  });
});

test("a service can let credentials through, unless another that offers the message is stricter", async () => {
  const scene = await scenes.build();
  await chooseSecrets(scene, "allow");
  const payload = JSON.stringify({ token: TOKEN });
  expect(await scene.say({ payload })).toMatchObject({ masked: [] });
  expect(await messagesOf(scene)).toMatchObject([{ body: payload }]);
  await chooseSecrets(scene, "mask", "another");
  expect(await scene.say({ payload })).toMatchObject({ masked: ["/token"] });
});

test.each<[string, Partial<Service>, string]>([
  ["is not published", { published: false }, "no published service offers"],
  ["is of another workflow", { workflow: ".github/workflows/other.yml" }, "no published service offers"],
  ["allows other event types", { eventTypes: ["tested"] }, "no service of"],
])("a message whose only service %s is stored, and said to be blocked", async (_, change, why) => {
  const scene = await scenes.build();
  const { catalog } = scene.deps.store;
  const [service] = (await catalog.offerOf(scene.provider)).services;
  await catalog.replaceService(service as Service, { ...(service as Service), ...change, updatedAt: why });
  const said = await scene.say();
  expect(said).toMatchObject({ consumersNotified: 0, blocked: expect.stringContaining(why) });
  expect(await messagesOf(scene)).toHaveLength(1);
});

const VERSION = { type: "object", required: ["version"], properties: { version: { type: "string" } } };

/** Declares in the provider's service what a message of the type built holds. */
async function declare(
  scene: DeliveryScene,
  mode: "enforce" | "warn",
  schema: Record<string, unknown> = VERSION,
): Promise<void> {
  const { catalog } = scene.deps.store;
  const [service] = (await catalog.offerOf(scene.provider)).services;
  const types = [{ name: "built", version: "2.0.0", description: "", schema, mode }];
  await catalog.replaceService(service as Service, { ...(service as Service), types, updatedAt: mode });
}

test("a message that does not fit the schema of its type is refused with each place, and nothing is stored", async () => {
  const scene = await scenes.build();
  await declare(scene, "enforce");
  await expect(scene.say({ payload: '{"version":1}' })).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringMatching(
      /^The message does not fit the schema that the service .* declares for built 2\.0\.0/,
    ),
    errors: [{ pointer: "/payload/version", detail: "must be string" }],
  });
  expect(await messagesOf(scene)).toEqual([]);
  expect(await scene.say({ payload: '{"version":"1"}' })).toMatchObject({ warnings: [] });
  expect(await scene.say({ payload: "1", eventType: "tested" })).toMatchObject({ warnings: [] });
});

test("where the service only warns a message that does not fit is stored, and says so", async () => {
  const scene = await scenes.build();
  await declare(scene, "warn");
  expect(await scene.say({ payload: "{}" })).toMatchObject({
    warnings: [{ pointer: "/payload", detail: "must have required property 'version'" }],
  });
  expect(await messagesOf(scene)).toHaveLength(1);
});

test("a stored schema that is not taken any more lets nothing pass where it is enforced, and says why", async () => {
  const scene = await scenes.build();
  const detail = "cannot be judged, as the schema is wrong at /$async: $async is not understood here";
  await declare(scene, "enforce", { ...VERSION, $async: true });
  await expect(scene.say({ payload: '{"version":"1"}' })).rejects.toMatchObject({
    code: "invalid",
    errors: [{ pointer: "/payload", detail }],
  });
  await declare(scene, "warn", { ...VERSION, $async: true });
  expect(await scene.say({ payload: '{"version":"1"}' })).toMatchObject({
    warnings: [{ pointer: "/payload", detail }],
  });
});
