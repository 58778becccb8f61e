import { afterAll, beforeAll, expect, test } from "vitest";
import { changeService } from "../../../app/steps/catalog/save-service.ts";
import { type CatalogWorld, startCatalogWorld } from "./catalog-world.ts";

/* The event types that a service declares: checked when they are saved, and kept with the service. */

let world: CatalogWorld;
beforeAll(async () => {
  world = await startCatalogWorld();
});
afterAll(() => world.close());

const TYPE = {
  name: "released",
  version: "1.2.0",
  description: "A version that can be had",
  example: { version: "v1" },
  schema: { type: "object", required: ["version"], properties: { version: { pattern: "^v" } } },
  mode: "warn" as const,
};

test("types are stored as they were given, with what was left out", async () => {
  const { serviceId, types } = await world.buildService({ types: [TYPE, { name: "tested" }] });
  const defaults = { version: "1.0.0", description: "", schema: null, mode: "enforce" };
  expect(types).toEqual([TYPE, { name: "tested", ...defaults }]);
  expect(await world.deps.store.catalog.findService(serviceId)).toMatchObject({ types });
  expect(await changeService(world.deps, serviceId, { types: [] }, "mona")).toMatchObject({ types: [] });
});

test.each<[string, object, string, string]>([
  [
    "a schema that is wrong",
    { schema: { type: "strin" } },
    "/types/0/schema/type",
    "The schema of released is wrong:",
  ],
  [
    "an example that does not fit",
    { example: { version: 1 }, schema: { properties: { version: { type: "string" } } } },
    "/types/0/example/version",
    "The example of released must be string.",
  ],
  ["a version that is none", { version: "new" }, "/types/0/version", "must be a version such as 1.0.0"],
  [
    "the type of runs that finished",
    { name: "zekt-workflow-completed" },
    "/types/0/name",
    "zekt-workflow-completed has no message",
  ],
  [
    "more than is read with a service",
    { description: "", example: "x".repeat(40_000) },
    "/types",
    "must have at most 32768 bytes of JSON together",
  ],
])("%s is refused with its place", async (_, change, pointer, detail) => {
  const refused = await world.buildService({ types: [{ ...TYPE, ...change }] }).catch((error) => error);
  expect(refused).toMatchObject({ code: "invalid", errors: [{ pointer }] });
  expect(refused.errors[0].detail).toContain(detail);
});
