import { expect, test } from "vitest";
import { decide, type PolicyInput } from "../../../app/domain/intake/policy.ts";
import type { WorkflowEvent } from "../../../app/domain/records/event.ts";
import type { Repository } from "../../../app/domain/records/repository.ts";
import type { Service } from "../../../app/domain/records/service.ts";
import type { Subscription } from "../../../app/domain/records/subscription.ts";

const PATH = ".github/workflows/a.yml";

const buildRepository = (change: Partial<Repository> = {}): Repository => ({
  repositoryId: "1",
  ownerId: "2",
  fullName: "acme/releases",
  private: false,
  defaultBranch: "main",
  installationId: "3",
  reachable: true,
  provider: true,
  consumer: false,
  tracking: false,
  hook: null,
  hookProblem: null,
  managedBy: null,
  confirmedAt: null,
  updatedAt: "",
  ...change,
});

const buildService = (change: Partial<Service> = {}): Service => ({
  serviceId: "service-1",
  repositoryId: "1",
  ownerId: "2",
  slug: "releases",
  workflow: PATH,
  description: "",
  tags: [],
  alias: null,
  visibility: "public",
  published: true,
  eventTypes: [],
  branches: [],
  conclusions: [],
  forks: false,
  runFields: null,
  preapprovedOwners: [],
  providerReplay: false,
  createdAt: "",
  updatedAt: "",
  ...change,
});

const buildEvent = (run: object = {}, change: Partial<WorkflowEvent> = {}): WorkflowEvent => ({
  eventId: "event-1",
  repositoryId: "1",
  runId: "4",
  runAttempt: 1,
  run: {
    path: PATH,
    event: "push",
    conclusion: "success",
    head_branch: "main",
    ...run,
  } as WorkflowEvent["run"],
  headRepositoryId: "1",
  receivedAt: "",
  ...change,
});

const approved = {
  serviceId: "service-1",
  subscriptionId: "subscription-1",
  status: "approved",
} as Subscription;

const buildInput = (change: Partial<PolicyInput> = {}): PolicyInput => ({
  event: buildEvent(),
  repository: buildRepository(),
  workflows: [{ repositoryId: "1", path: PATH, addedAt: "", addedBy: "" }],
  services: [buildService()],
  subscriptions: [approved],
  trace: { hops: 0, causedBy: null },
  breakerOpen: false,
  decidedAt: "",
  ...change,
});

test("an event of a whitelisted workflow goes to who was approved", () => {
  const plan = decide(buildInput());
  expect(plan.blocked).toBeNull();
  expect(plan.services[0]?.recipients.map(({ subscriptionId }) => subscriptionId)).toEqual([
    "subscription-1",
  ]);
});

test.each([
  ["github-workflow", { event: buildEvent({ path: "dynamic/pages/pages-build-deployment" }) }],
  ["not-enabled", { repository: null }],
  ["not-enabled", { repository: buildRepository({ provider: false }) }],
  ["not-enabled", { repository: buildRepository({ reachable: false }) }],
  ["not-whitelisted", { workflows: [] }],
  ["no-service", { services: [] }],
  ["no-service", { services: [buildService({ published: false })] }],
  ["hop-limit", { trace: { hops: 8, causedBy: "delivery-1" } }],
  ["breaker", { breakerOpen: true }],
  ["fork", { event: buildEvent({ event: "pull_request" }, { headRepositoryId: "9" }) }],
  ["fork", { event: buildEvent({ event: "pull_request_target" }) }],
  ["branch", { services: [buildService({ branches: ["release/*"] })] }],
  [
    "branch",
    {
      services: [buildService({ branches: ["main"], forks: true })],
      event: buildEvent({}, { headRepositoryId: "9" }),
    },
  ],
  [
    "conclusion",
    { services: [buildService({ conclusions: ["success"] })], event: buildEvent({ conclusion: "failure" }) },
  ],
  ["no-consumer", { subscriptions: [] }],
  ["no-consumer", { subscriptions: [{ ...approved, status: "requested" }] }],
  ["no-consumer", { subscriptions: [{ ...approved, status: "revoked" }] }],
] satisfies [string, Partial<PolicyInput>][])(
  "what is not allowed is blocked, and says why: %s",
  (reason, change) => {
    const plan = decide(buildInput(change));
    expect(plan.blocked).toBe(reason);
    expect(plan.services).toEqual([]);
  },
);

test("a seventh hop still passes", () => {
  expect(decide(buildInput({ trace: { hops: 7, causedBy: null } })).blocked).toBeNull();
});

test("an alias hides the provider, and with it every field that names it", () => {
  const [service] = decide(buildInput({ services: [buildService({ alias: "Night Owl" })] })).services;
  expect(service?.source).toMatchObject({ provider: "Night Owl", repo: "Night Owl" });
  expect(service?.source.runFields).toEqual([
    "id",
    "run_attempt",
    "event",
    "conclusion",
    "created_at",
    "run_started_at",
    "updated_at",
  ]);
});

test("of several workflows and services an event goes by its own, and of those to each that has a recipient", () => {
  const other = ".github/workflows/other.yml";
  const workflows = [{ repositoryId: "1", path: other, addedAt: "", addedBy: "" }];
  expect(decide(buildInput({ workflows })).blocked).toBe("not-whitelisted");
  const services = [
    buildService({ serviceId: "of-other", workflow: other }),
    buildService(),
    buildService({ serviceId: "lonely" }),
  ];
  const subscriptions = [approved, { ...approved, serviceId: "of-other", subscriptionId: "subscription-2" }];
  const plan = decide(buildInput({ services, subscriptions }));
  expect(plan.blocked).toBeNull();
  expect(
    plan.services.map(({ source, recipients }) => [
      source.serviceId,
      recipients.map(({ subscriptionId }) => subscriptionId),
    ]),
  ).toEqual([
    ["service-1", ["subscription-1"]],
    ["lonely", []],
  ]);
});

test("a test event goes to the subscription that it tries, and to no other", () => {
  const second = { ...approved, subscriptionId: "subscription-2" };
  const event = buildEvent({}, { test: { subscriptionId: "subscription-2", eventType: "built" } as never });
  const [service] = decide(buildInput({ event, subscriptions: [approved, second] })).services;
  expect(service?.recipients.map(({ subscriptionId }) => subscriptionId)).toEqual(["subscription-2"]);
});

test("a run passes by its branch where the service names that, and without a branch or conclusion by none", () => {
  const services = [buildService({ branches: ["main"] })];
  expect(decide(buildInput({ services })).blocked).toBeNull();
  expect(decide(buildInput({ services, event: buildEvent({ head_branch: null }) })).blocked).toBe("branch");
  const event = buildEvent({ conclusion: null });
  const conclusions = [buildService({ conclusions: ["success"] })];
  expect(decide(buildInput({ services: conclusions, event })).blocked).toBe("conclusion");
  expect(decide(buildInput({ services: conclusions })).blocked).toBeNull();
});

test("a plan has what the service demands and the subscriber filters, of which a test is no matter for the filter", () => {
  const services = [buildService({ shield: "required" })];
  const subscriptions = [{ ...approved, filter: "message.n > 1" }];
  const [planned] = decide(buildInput({ services, subscriptions })).services;
  expect(planned?.shield).toBe("required");
  expect(planned?.recipients[0]?.filter).toBe("message.n > 1");
  const event = buildEvent(
    {},
    { test: { subscriptionId: approved.subscriptionId, eventType: "built" } as never },
  );
  expect(decide(buildInput({ event, subscriptions })).services[0]?.recipients[0]).not.toHaveProperty(
    "filter",
  );
  const [plain] = decide(buildInput()).services;
  expect(plain).not.toHaveProperty("shield");
  expect(plain?.recipients[0]).not.toHaveProperty("filter");
});
