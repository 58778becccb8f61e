import { expect, test } from "vitest";
import { typeFaults } from "../../../app/domain/catalog/type-faults.ts";

/* Event types that a provider declares, judged before they are stored. */

const type = (change: object) => ({
  name: "released",
  version: "1.0.0",
  description: "",
  schema: { type: "object", required: ["version"], properties: { version: { type: "string" } } },
  mode: "enforce" as const,
  ...change,
});

test("a type without a schema, and one whose example fits it, have no faults", async () => {
  const types = [type({ schema: null, example: 1 }), type({}), type({ example: { version: "1" } })];
  expect(await typeFaults(types)).toEqual([]);
});

test("an example that does not fit its schema is named with the place in it", async () => {
  expect(await typeFaults([type({}), type({ name: "tested", example: { version: 1 } })])).toEqual([
    {
      pointer: "/types/1/example/version",
      detail: expect.stringMatching(/^The example of tested .*string.*\.$/),
    },
  ]);
});

test("a schema that no message can be judged by is named with the place in it", async () => {
  expect(await typeFaults([type({ schema: { properties: { a: { $ref: "#/nowhere" } } } })])).toEqual([
    {
      pointer: expect.stringMatching(/^\/types\/0\/schema\/properties\/a/),
      detail: expect.stringMatching(/^The schema of released is wrong: .*\.$/),
    },
  ]);
});
