import { expect, test } from "vitest";
import { serviceInput } from "../../../app/domain/catalog/service-input.ts";
import { subscriptionInput } from "../../../app/domain/catalog/subscription-input.ts";
import { parseInput } from "../../../app/domain/parse-input.ts";
import { parseZektFile } from "../../../app/domain/zekt-yml/read-zekt-file.ts";
import {
  filePathOf,
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
