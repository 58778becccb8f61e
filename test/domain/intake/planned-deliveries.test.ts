import { expect, test } from "vitest";
import { iso, MINUTE } from "../../../app/domain/clock.ts";
import type { EventPart } from "../../../app/domain/intake/event.ts";
import { archiveKeyOf, deliveriesOf } from "../../../app/domain/intake/policy.ts";
import type { WorkflowEvent } from "../../../app/domain/records/event.ts";
import type { Plan, Recipient, ServicePlan } from "../../../app/domain/records/routing-plan.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const event = {
  eventId: "event-1",
  repositoryId: "7",
  ownerId: "1",
  runId: "11",
  run: { updated_at: "2026-01-01T11:59:00Z" },
} as WorkflowEvent & { ownerId: string };

const part = (eventType: string, messageId?: string): EventPart =>
  ({ eventType, message: messageId ? { messageId, eventType, runAttempt: 2 } : null }) as EventPart;

const recipient = (id: string, change: Partial<Recipient> = {}): Recipient =>
  ({
    subscriptionId: id,
    consumerRepositoryId: `r-${id}`,
    consumerOwnerId: `o-${id}`,
    workflow: null,
    eventTypes: [],
    durable: null,
    ...change,
  }) as Recipient;

const service = (change: Partial<ServicePlan>): ServicePlan =>
  ({
    source: { serviceId: "service-1" },
    eventTypes: [],
    recipients: [recipient("s1")],
    ...change,
  }) as ServicePlan;

const plan = (...services: ServicePlan[]): Plan =>
  ({
    decidedAt: iso(NOW),
    blocked: null,
    trace: { hops: 2, causedBy: "delivery-0" },
    services,
  }) as unknown as Plan;

const routed = (to: Plan, ...parts: EventPart[]) =>
  deliveriesOf(event, to, parts, NOW).map(({ subscriptionId, eventType }) => [subscriptionId, eventType]);

test("each part of an event is one delivery to each recipient that wants its type", () => {
  const built = recipient("s2", { eventTypes: ["built"] });
  const to = plan(service({ recipients: [recipient("s1"), built] }), service({ eventTypes: ["tested"] }));
  expect(routed(to, part("built", "m1"), part("tested", "m2"))).toEqual([
    ["s1", "built"],
    ["s2", "built"],
    ["s1", "tested"],
    ["s1", "tested"],
  ]);
});

test("a delivery says what it is of and to whom, is archived once with its like, and is due at once", () => {
  const durable = { confirmWithin: 60, completeWithin: 60, maxAttempts: 1, retryOnFailure: false };
  const to = recipient("s1", { workflow: "a.yml", durable, start: "workflow_dispatch", ref: "main" });
  const [delivery] = deliveriesOf(event, plan(service({ recipients: [to] })), [part("built", "m1")], NOW);
  expect(delivery).toMatchObject({
    eventId: "event-1",
    messageId: "m1",
    messageAttempt: 2,
    isTest: false,
    correlationId: "11",
    providerRepositoryId: "7",
    providerOwnerId: "1",
    consumerRepositoryId: "r-s1",
    consumerOwnerId: "o-s1",
    workflow: "a.yml",
    source: { serviceId: "service-1" },
    archiveKey: "events/7/11/event-1/m1.json",
    trace: { hops: 2, causedBy: "delivery-0" },
    durable,
    start: "workflow_dispatch",
    ref: "main",
    runEndedAt: "2026-01-01T11:59:00Z",
    createdAt: iso(NOW),
    dueFor: "dispatch",
    dueAt: iso(NOW + 2 * MINUTE),
    version: 1,
  });
  expect(delivery).toMatchObject({
    status: "Pending",
    isFinalized: false,
    attempts: [],
    owners: {},
    ambiguousRuns: [],
    releasedRuns: [],
    confirmationAttempts: 0,
    failure: null,
    replayOf: null,
  });
});

test("asked again the same deliveries come of the same, whatever the time, and of an event alone another one", () => {
  const to = plan(service({}));
  const ids = (...parts: EventPart[]) =>
    deliveriesOf(event, to, parts, NOW + parts.length).map(({ deliveryId }) => deliveryId);
  const [built, alone] = ids(part("built", "m1"), part("zekt-workflow-completed"));
  expect(ids(part("built", "m1"))).toEqual([built]);
  expect(alone).not.toBe(built);
  const [whole] = deliveriesOf(event, to, [part("zekt-workflow-completed")], NOW);
  expect(whole).toMatchObject({ messageId: null, messageAttempt: null });
  expect(archiveKeyOf(event, part("zekt-workflow-completed"))).toBe("events/7/11/event-1/event.json");
});

test("the deliveries of a test event say that they are tests", () => {
  const tested = { ...event, test: { subscriptionId: "s1", eventType: "built" } } as typeof event;
  expect(deliveriesOf(tested, plan(service({})), [part("built", "m1")], NOW)[0]?.isTest).toBe(true);
});

test("a delivery says whether its message is encrypted, and for its consumer", () => {
  const { eventType, message } = part("built", "m1");
  const shielded = { eventType, message: { ...message, shieldedFor: ["r-s1"] } } as EventPart;
  const to = plan(service({ recipients: [recipient("s1"), recipient("s2")] }));
  expect(deliveriesOf(event, to, [shielded], NOW).map(({ shield }) => shield)).toEqual(["recipient", "late"]);
  for (const plain of [part("built", "m1"), part("zekt-workflow-completed")])
    expect(deliveriesOf(event, to, [plain], NOW)[0]).not.toHaveProperty("shield");
});
