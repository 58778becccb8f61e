import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { encrypt } from "../../../action/send/shield.ts";
import { HOUR } from "../../../app/domain/clock.ts";
import { connectionScope } from "../../../app/domain/delivery/delivery-facts.ts";
import type { Service } from "../../../app/domain/records/service.ts";
import type { RunIdentity } from "../../../app/github/oidc.ts";
import { sendTestEvent } from "../../../app/steps/catalog/send-test-event.ts";
import { addShieldKey, removeShieldKey } from "../../../app/steps/catalog/shield-keys.ts";
import { readPayload } from "../../../app/steps/delivery/read-payload.ts";
import { route } from "../../../app/steps/intake/route.ts";
import { messageKeys } from "../../../app/steps/intake/shield.ts";
import { replay } from "../../../app/steps/replay/replay.ts";
import { FILTER_FAILURE } from "../../../app/store/fact-kinds.ts";
import { type DeliveryScene, deliveryScenes } from "../../support/delivery-scene.ts";
import { PATH } from "../../support/model.ts";

/* Shielded messages: whose keys they are encrypted to, and what becomes of them on their way. */

const scenes = deliveryScenes();

const publicKey = () => generateKeyPairSync("x25519").publicKey.export({ format: "jwk" });

const keyOf = async ({ deps, consumer }: DeliveryScene): Promise<string> =>
  (await addShieldKey(deps, consumer, publicKey(), "mona")).key.kid;

const askKeys = (scene: DeliveryScene, eventType = "built", change: Partial<RunIdentity> = {}) =>
  messageKeys(
    scene.deps,
    {
      ...scene.identity(),
      repository: `acme/r${scene.provider}`,
      repositoryId: scene.provider,
      workflowRef: `acme/r${scene.provider}/${PATH}@refs/heads/main`,
      ...change,
    },
    eventType,
  );

/** Encrypts a message as the send action does, and sends it. */
async function sayShielded(scene: DeliveryScene, message: unknown, eventType = "built") {
  const { keys } = await askKeys(scene, eventType);
  return await scene.say({
    eventType,
    payload: await encrypt(JSON.stringify(message), keys),
    shielded: true,
  });
}

async function changeService({ deps, provider }: DeliveryScene, change: Partial<Service>): Promise<void> {
  const [service] = (await deps.store.catalog.offerOf(provider)).services;
  if (!service) throw new Error("There is no service.");
  await deps.store.catalog.replaceService(service, { ...service, ...change });
}

/** The deliveries of messages, without that of the event alone. */
const messagesTo = async (scene: DeliveryScene) =>
  (await scene.list()).filter(({ messageId }) => messageId !== null);

test("a message has to be encrypted to every key of every approved subscriber that wants its type", async () => {
  const scene = await scenes.build({ eventTypes: ["built"] });
  const kids = [await keyOf(scene), await keyOf(scene)];
  const { keys, subscriptions, blocked } = await askKeys(scene);
  expect([keys.map(({ kid }) => kid), subscriptions, blocked]).toEqual([kids, 1, null]);
  expect(JSON.stringify(keys)).not.toContain(scene.consumer);
  // One that nobody would get needs no keys.
  expect(await askKeys(scene, "tested")).toEqual({ keys: [], subscriptions: 0, types: [], blocked: null });
  await scene.changeSubscription({ status: "revoked" });
  expect((await askKeys(scene)).keys).toEqual([]);
});

test("a subscriber without keys is named where who reads the log may know it, and else by its subscription", async () => {
  const scene = await scenes.build();
  const { accounts } = scene.deps.store;
  const name = `consumer/r${scene.consumer}`;
  await accounts.setRepository({
    repositoryId: scene.consumer,
    fullName: name,
    ownerId: "1",
    private: true,
  });
  for (const isPrivate of [true, false]) {
    await accounts.setRepository({ repositoryId: scene.provider, private: isPrivate });
    const named = isPrivate ? name : scene.subscription.subscriptionId;
    await expect(askKeys(scene)).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringMatching(new RegExp(`^${named} has no key, .* nothing was sent\\.`)),
    });
  }
  await accounts.setRepository({ repositoryId: scene.consumer, private: false });
  await expect(askKeys(scene)).rejects.toThrow(name);
});

test("a run of a repository that is no provider gets no keys, and a workflow that offers nothing learns that", async () => {
  const scene = await scenes.build();
  await keyOf(scene);
  await expect(askKeys(scene, "built", { repositoryId: scene.consumer })).rejects.toMatchObject({
    code: "forbidden",
  });
  const workflowRef = `acme/r${scene.provider}/.github/workflows/other.yml@refs/heads/main`;
  expect(await askKeys(scene, "built", { workflowRef })).toMatchObject({
    keys: [],
    blocked: expect.stringContaining("other.yml is not whitelisted"),
  });
});

test("what is stored, archived and dispatched of a shielded message is its JWE, and says that it is", async () => {
  const scene = await scenes.build();
  await keyOf(scene);
  const secret = "a text that nobody else may read";
  expect(await sayShielded(scene, { secret })).toMatchObject({
    consumersNotified: 1,
    masked: [],
    warnings: [],
  });
  await scene.route(7);
  await scene.work();
  const [delivery] = await messagesTo(scene);
  expect(delivery?.shield).toBe("recipient");
  const archived = await scene.deps.store.archive.findPayload(delivery?.archiveKey as string);
  expect(JSON.parse(archived?.body as string)).toHaveProperty("ciphertext");
  const sent = scene.sent.find(({ event_type }) => event_type === "built");
  expect(sent?.client_payload.zekt).toMatchObject({
    hasMessage: true,
    shielded: true,
    payload: { recipients: [expect.anything()] },
  });
  expect(JSON.stringify([sent, archived])).not.toContain(secret);
  const read = await readPayload(scene.deps, scene.identity(), delivery?.deliveryId as string);
  expect(read).toMatchObject({ body: archived?.body, shielded: true });
});

test("a service that demands shield refuses plain text, and takes a shielded message", async () => {
  const scene = await scenes.build();
  await keyOf(scene);
  await changeService(scene, { shield: "required" });
  await expect(scene.say()).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringMatching(/demands shielded messages.* Set shield: true/),
    errors: [{ pointer: "/shielded" }],
  });
  const { messages } = await scene.deps.store.runs.load({ repositoryId: scene.provider, runId: "7" });
  expect(messages).toEqual([]);
  await sayShielded(scene, { n: 1 });
  await scene.route(7);
  expect(await messagesTo(scene)).toHaveLength(1);
});

test("plain text that came before its service demanded shield does not leave any more", async () => {
  const scene = await scenes.build();
  await scene.say();
  await changeService(scene, { shield: "required" });
  await scene.route(7);
  expect(await messagesTo(scene)).toEqual([]);
  const failure = await scene.deps.store.facts.get(FILTER_FAILURE.of(scene.subscription));
  expect(failure?.reason).toContain("demands shielded messages");
});

test("a test event arrives in plain text though its service demands shield: it holds nothing of the provider's", async () => {
  const scene = await scenes.build();
  await changeService(scene, { shield: "required" });
  const deps = { ...scene.deps, links: { repository: () => "https://github.com/acme/r" } as never };
  const { correlationId } = await sendTestEvent(deps, scene.subscription.subscriptionId, "built");
  await route(scene.deps, { repositoryId: scene.provider, runId: correlationId, runAttempt: 1 });
  expect(await messagesTo(scene)).toMatchObject([{ eventType: "built", isTest: true }]);
});

test("what is said to be shielded and is plain text is refused", async () => {
  const scene = await scenes.build();
  await keyOf(scene);
  await expect(scene.say({ shielded: true })).rejects.toMatchObject({
    code: "invalid",
    message: expect.stringContaining("no JWE as Zekt takes it"),
  });
});

test("who is no recipient gets a delivery that fails with the reason, and no dispatch; a replay is refused", async () => {
  const scene = await scenes.build();
  const first = await keyOf(scene);
  const { keys } = await askKeys(scene);
  await removeShieldKey(scene.deps, scene.consumer, first);
  await keyOf(scene);
  await scene.say({ payload: await encrypt("{}", keys), shielded: true });
  await scene.route(7);
  await scene.work();
  const [late] = await messagesTo(scene);
  expect(late).toMatchObject({
    shield: "late",
    status: "Failed",
    failure: {
      stage: "before-github",
      kind: "payload",
      reason: expect.stringContaining("cannot be read here"),
    },
  });
  expect(scene.sent.map(({ event_type }) => event_type)).toEqual(["zekt-workflow-completed"]);
  await expect(replay(scene.deps, late as never, "delivery-again")).rejects.toThrow("cannot be read here");
});

test("one of several keys is enough to be a recipient, so that a key can be replaced meanwhile", async () => {
  const scene = await scenes.build();
  const old = await keyOf(scene);
  const { keys } = await askKeys(scene);
  await keyOf(scene);
  await scene.say({ payload: await encrypt("{}", keys), shielded: true });
  await removeShieldKey(scene.deps, scene.consumer, old);
  await scene.route(7);
  expect((await messagesTo(scene))[0]?.shield).toBe("recipient");
});

test("a filter that reads the message does not let a shielded one pass, and says why; one over the run does", async () => {
  for (const [filter, count] of [
    ["eventType != 'built' || message.n > 0", 0],
    ["run.conclusion == 'success'", 1],
  ] as const) {
    const scene = await scenes.build({ filter });
    await keyOf(scene);
    await sayShielded(scene, { n: 1 });
    await scene.route(7);
    expect(await messagesTo(scene)).toHaveLength(count);
    const counted = await scene.deps.store.meters.total(
      connectionScope(scene.subscription.subscriptionId),
      scene.clock.at - HOUR,
      scene.clock.at + HOUR,
    );
    expect(counted.filterFailures ?? 0).toBe(1 - count);
    const failure = await scene.deps.store.facts.get(FILTER_FAILURE.of(scene.subscription));
    expect(failure?.reason ?? null).toEqual(count === 0 ? expect.stringContaining("is shielded") : null);
  }
});

test("a shielded message is judged by its type's schema before it is encrypted, and is not taken otherwise", async () => {
  const scene = await scenes.build();
  await keyOf(scene);
  const declared = { name: "built", version: "1.0.0", description: "", schema: { type: "object" } };
  await changeService(scene, { types: [{ ...declared, mode: "enforce" }] });
  const { keys, types } = await askKeys(scene);
  expect((await askKeys(scene, "tested")).types).toEqual([]);
  const service = (await scene.deps.store.catalog.offerOf(scene.provider)).services[0]?.slug ?? "";
  expect(types).toEqual([{ service, version: "1.0.0", mode: "enforce", schema: { type: "object" } }]);
  const said = { payload: await encrypt("{}", keys), shielded: true };
  for (const checked of [[], [{ service, version: "0.9.0" }], [{ service: "other", version: "1.0.0" }]]) {
    await expect(scene.say({ ...said, checked })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("is judged before it is encrypted, and it was not"),
    });
  }
  expect(await scene.say({ ...said, checked: [{ service, version: "1.0.0" }] })).toMatchObject({
    warnings: [],
  });
  await changeService(scene, { types: [{ ...declared, mode: "warn" }] });
  expect(await scene.say({ ...said, idempotencyKey: "unjudged" })).toMatchObject({
    warnings: [{ pointer: "/payload", detail: expect.stringContaining("was not judged by the schema of") }],
  });
});
