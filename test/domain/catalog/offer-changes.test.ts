import { expect, test } from "vitest";
import {
  changeInWords,
  concerns,
  type OfferedTypes,
  offerChanges,
} from "../../../app/domain/catalog/offer-changes.ts";

/* A change of what a provider offers: whom it breaks, and where it stands. */

const SCHEMA = { type: "object", required: ["version"], properties: { version: { type: "string" } } };
const type = (change: object = {}) => ({
  name: "released",
  version: "1.0.0",
  description: "",
  schema: SCHEMA,
  mode: "enforce" as const,
  ...change,
});
const service = (change: Partial<OfferedTypes> = {}): OfferedTypes => ({
  slug: "releases",
  published: true,
  eventTypes: [],
  types: [type()],
  ...change,
});
const of = (after: OfferedTypes | null, before: OfferedTypes = service()) =>
  offerChanges([before], after ? [service({ slug: "other" }), after] : []).map(
    ({ eventType, path, verdict, detail }) => ({ eventType, at: path.join("/"), verdict, detail }),
  );

test("what stays, what is new and what only describes breaks nobody", () => {
  expect(of(service())).toEqual([]);
  expect(of(service({ types: [type({ description: "Every version", example: { version: "1" } })] }))).toEqual(
    [],
  );
  expect(of(service({ types: [type({ name: "tested" }), type()] }))).toEqual([]);
  expect(of(null, service({ published: false }))).toEqual([]);
});

test.each<[string, OfferedTypes | null, object]>([
  ["a service that goes", null, { eventType: null, at: "", verdict: "breaks" }],
  ["a service that is hidden", service({ published: false }), { at: "1/published", verdict: "breaks" }],
  ["a type that goes", service({ types: [] }), { eventType: "released", at: "1/types", verdict: "breaks" }],
  [
    "a schema that goes",
    service({ types: [type({ schema: null })] }),
    { at: "1/types/0/schema", verdict: "breaks" },
  ],
  [
    "a schema that only warns",
    service({ types: [type({ mode: "warn" })] }),
    { at: "1/types/0/mode", verdict: "may-break" },
  ],
  [
    "a schema that changes",
    service({ types: [type({ schema: { ...SCHEMA, required: [] } })] }),
    {
      eventType: "released",
      at: "1/types/0/schema/properties/version",
      verdict: "breaks",
      detail: "/properties/version may be missing now",
    },
  ],
  [
    "a schema that cannot be read",
    service({ types: [type({ schema: { $ref: "#" } })] }),
    {
      at: "1/types/0/schema",
      verdict: "may-break",
      detail: "the schemas cannot be compared: must not refer to itself",
    },
  ],
])("%s is said at its place", (_, after, expected) => {
  expect(of(after)).toMatchObject([expected]);
});

test("a type that may leave no more breaks those who want it, and the rest may", () => {
  expect(of(service({ eventTypes: ["tested"] }))).toEqual([
    { eventType: "released", at: "1/eventTypes", verdict: "breaks", detail: "it does not leave any more" },
    {
      eventType: null,
      at: "1/eventTypes",
      verdict: "may-break",
      detail: "only tested may leave now, where every type could",
    },
  ]);
});

test("a change concerns approved subscribers of its type, and of every type", () => {
  const [change] = offerChanges([service()], [service({ types: [] })]);
  if (!change) throw new Error("There is a change.");
  const wants = (status: "approved" | "requested", eventTypes: string[]) =>
    concerns(change, { status, eventTypes });
  expect([wants("approved", []), wants("approved", ["released"])]).toEqual([true, true]);
  expect([wants("approved", ["tested"]), wants("requested", [])]).toEqual([false, false]);
  expect(changeInWords(change, ["initech/deploy"])).toBe(
    "This breaks subscribers of releases (released): it is not declared any more, so that a message may be anything. Subscribed: initech/deploy.",
  );
  expect(changeInWords({ ...change, verdict: "may-break", eventType: null }, [])).toMatch(
    /^This may break subscribers of releases: .* Nobody subscribed to it\.$/,
  );
});
