import { expect, test } from "vitest";
import { serviceInput } from "../../../app/domain/catalog/service-input.ts";
import { subscriptionInput } from "../../../app/domain/catalog/subscription-input.ts";
import { parseInput } from "../../../app/domain/parse-input.ts";
import { parseZektFile } from "../../../app/domain/zekt-yml/read-zekt-file.ts";
import {
  filePathOf,
  filePathOfInput,
  serviceOfFile,
  subscriptionOfFile,
  type ZektFile,
} from "../../../app/domain/zekt-yml/zekt-file.ts";
import { problemsWithin } from "../../../app/domain/zekt-yml/zekt-file-rules.ts";

const fileOf = (text: string): ZektFile => {
  const { file, problems } = parseZektFile(text);
  expect(problems).toEqual([]);
  return file as ZektFile;
};

test("a service of the file is one as the API takes it", () => {
  const { provider } = fileOf(`version: 1
provider:
  workflows: [.github/workflows/release.yml]
  services:
    - slug: releases
      workflow: .github/workflows/release.yml
      description: What we released
      tags: [release]
      alias: Blue Heron
      visibility: public
      published: false
      event-types: [released, zekt-workflow-completed]
      branches: [main, "release/*"]
      conclusions: [success]
      forks: true
      run-fields: [id, conclusion]
      approve: [globex]
      provider-replay: true
      secrets: mask
      shield: required
      types:
        - { name: released, version: 1.1.0, schema: { type: object }, mode: warn }
`);
  const service = provider?.services.map(serviceOfFile)[0];
  expect(parseInput(serviceInput, service as never)).toEqual({
    slug: "releases",
    workflow: ".github/workflows/release.yml",
    description: "What we released",
    tags: ["release"],
    alias: "Blue Heron",
    visibility: "public",
    published: false,
    eventTypes: ["released", "zekt-workflow-completed"],
    branches: ["main", "release/*"],
    conclusions: ["success"],
    forks: true,
    runFields: ["id", "conclusion"],
    preapprovedOwners: ["globex"],
    providerReplay: true,
    secrets: "mask",
    shield: "required",
    types: [
      {
        name: "released",
        version: "1.1.0",
        description: "",
        schema: { type: "object" },
        mode: "warn",
      },
    ],
  });
});

test("durable is true, false, or settings whose times are written as people write them", () => {
  const { consumer } = fileOf(`version: 1
consumer:
  tracking: true
  subscriptions:
    - service: a/b/one
    - service: a/b/two
      durable: true
    - service: a/b/three
      workflow: .github/workflows/listen.yml
      event-types: [released]
      filter: run.id > 1
      format: cloudevents
      durable:
        confirm-within: 90s
        complete-within: 2d
        max-attempts: 3
        retry-on-failure: true
`);
  const [one, two, three] = (consumer?.subscriptions ?? []).map((given) =>
    parseInput(subscriptionInput, subscriptionOfFile(given)),
  );
  expect(one).toEqual({
    service: "a/b/one",
    workflow: null,
    eventTypes: [],
    filter: null,
    start: "repository_dispatch",
    ref: null,
    format: "zekt",
    durable: null,
  });
  expect(two?.durable).toEqual({
    confirmWithin: 600,
    completeWithin: 21_600,
    maxAttempts: 8,
    retryOnFailure: false,
  });
  expect(three).toEqual({
    service: "a/b/three",
    workflow: ".github/workflows/listen.yml",
    eventTypes: ["released"],
    filter: "run.id > 1",
    start: "repository_dispatch",
    ref: null,
    format: "cloudevents",
    durable: { confirmWithin: 90, completeWithin: 172_800, maxAttempts: 3, retryOnFailure: true },
  });
});

test("the API's names lead to the file's", () => {
  expect(filePathOf("/preapprovedOwners/2")).toEqual(["approve", 2]);
  expect(filePathOf("/eventTypes/0")).toEqual(["event-types", 0]);
  expect(filePathOf("/alias")).toEqual(["alias"]);
  expect(filePathOf("")).toEqual([]);
});

test("entries that repeat or miss one another are told apart", () => {
  const file = fileOf(`version: 1
provider:
  workflows: [.github/workflows/a.yml, .github/workflows/a.yml]
  services:
    - { slug: one, workflow: .github/workflows/a.yml }
    - { slug: one, workflow: .github/workflows/b.yml }
  approvals:
    - { service: one, repository: globex/feed, decision: approve }
    - { service: one, repository: Globex/Feed, decision: deny }
    - { service: two, repository: globex/feed, decision: approve }
consumer:
  subscriptions:
    - service: a/b/c
    - { service: a/b/c, workflow: .github/workflows/x.yml }
    - service: A/B/c
`);
  expect(problemsWithin(file)).toEqual([
    { path: ["provider", "workflows", 1], message: ".github/workflows/a.yml is in this list twice" },
    { path: ["provider", "services", 1], message: "one is in this list twice" },
    { path: ["provider", "approvals", 1], message: "globex/feed for one is in this list twice" },
    {
      path: ["provider", "services", 1, "workflow"],
      message:
        ".github/workflows/b.yml is not in provider.workflows; list it there so that its runs may leave",
    },
    {
      path: ["provider", "approvals", 2, "service"],
      message: "there is no service two in provider.services",
    },
    { path: ["consumer", "subscriptions", 2], message: "a/b/c is in this list twice" },
  ]);
});

test("a file of neither side has no faults, and different entries have none", () => {
  expect(problemsWithin(fileOf("version: 1\n"))).toEqual([]);
  const file = fileOf(`version: 1
provider:
  workflows: [.github/workflows/a.yml]
  services:
    - { slug: one, workflow: .github/workflows/a.yml }
    - { slug: two, workflow: .github/workflows/a.yml }
  approvals:
    - { service: one, repository: globex/feed, decision: approve }
    - { service: two, repository: globex/feed, decision: deny }
`);
  expect(problemsWithin(file)).toEqual([]);
});

test("a subscription of one workflow that comes twice is named with the workflow", () => {
  const entry = "{ service: a/b/c, workflow: .github/workflows/x.yml }";
  const file = fileOf(`version: 1\nconsumer:\n  subscriptions:\n    - ${entry}\n    - ${entry}\n`);
  expect(problemsWithin(file)).toEqual([
    {
      path: ["consumer", "subscriptions", 1],
      message: "a/b/c for .github/workflows/x.yml is in this list twice",
    },
  ]);
});

test("each of the API's names that the file writes otherwise leads to the file's", () => {
  const names = {
    "/runFields": ["run-fields"],
    "/providerReplay": ["provider-replay"],
    "/durable/confirmWithin": ["durable", "confirm-within"],
    "/durable/completeWithin": ["durable", "complete-within"],
    "/durable/maxAttempts": ["durable", "max-attempts"],
    "/durable/retryOnFailure": ["durable", "retry-on-failure"],
    "/tags/12": ["tags", 12],
    "/x1/1x": ["x1", "1x"],
  };
  for (const [pointer, path] of Object.entries(names)) expect(filePathOf(pointer)).toEqual(path);
});

test("within a declared type names are its author's, and signs of pointers are undone", () => {
  expect(filePathOf("/types/0/schema/properties/eventTypes")).toEqual([
    "types",
    0,
    "schema",
    "properties",
    "eventTypes",
  ]);
  expect(filePathOf("/types/0/schema/a~1b~0c")).toEqual(["types", 0, "schema", "a/b~c"]);
  expect(filePathOfInput(["services", 0, "eventTypes", "types", "runFields"])).toEqual([
    "services",
    0,
    "event-types",
    "types",
    "runFields",
  ]);
});

test("what a section leaves out is none, and nobody is notified unless it says how", () => {
  const { provider, consumer, notifications } = fileOf(
    "version: 1\nprovider: { workflows: [.github/workflows/a.yml] }\nconsumer: {}\n",
  );
  expect(provider).toMatchObject({ services: [], approvals: [] });
  expect(consumer).toEqual({ tracking: false, subscriptions: [] });
  expect(notifications).toBeUndefined();
  for (const how of ["none", "issue"] as const)
    expect(fileOf(`version: 1\nnotifications: ${how}\n`).notifications).toBe(how);
});

test("settings of durable delivery that are left out have the API's defaults", () => {
  const { consumer } = fileOf(
    "version: 1\nconsumer: { subscriptions: [{ service: a/b/c, durable: { max-attempts: 2 } }] }\n",
  );
  const [given] = consumer?.subscriptions ?? [];
  expect(given && subscriptionOfFile(given).durable).toEqual({
    confirmWithin: 600,
    completeWithin: 21_600,
    maxAttempts: 2,
    retryOnFailure: false,
  });
});

const problemsOf = (text: string): string[] => parseZektFile(text).problems.map(({ message }) => message);

test.each([
  ["59s", "must be at least 60 seconds"],
  ["86401s", "must be at most 86400 seconds"],
  ["x10m", "must be a time such as 30s, 10m, 6h or 2d"],
  ["10mx", "must be a time such as 30s, 10m, 6h or 2d"],
  ["m", "must be a time such as 30s, 10m, 6h or 2d"],
  ["12345678s", "must be a time such as 30s, 10m, 6h or 2d"],
])("a time of %s is refused once: it %s", (time, message) => {
  const settings = `{ service: a/b/c, durable: { confirm-within: ${time} } }`;
  expect(problemsOf(`version: 1\nconsumer: { subscriptions: [${settings}] }\n`)).toEqual([
    `consumer.subscriptions[0].durable.confirm-within: ${message}`,
  ]);
});

test.each(["feed", "globex/feed/nightly", "globex feed/x", "globex/"])(
  "an answer to the repository %s is refused",
  (repository) => {
    const approvals = `[{ service: one, repository: "${repository}", decision: approve }]`;
    const provider = `{ workflows: [.github/workflows/a.yml], approvals: ${approvals} }`;
    expect(problemsOf(`version: 1\nprovider: ${provider}\n`)).toEqual([
      "provider.approvals[0].repository: must be owner/name",
    ]);
  },
);
