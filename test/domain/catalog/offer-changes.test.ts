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

test.each<[string, OfferedTypes | null, string]>([
  ["goes", null, "the service is not offered any more"],
  ["is hidden", service({ published: false }), "nothing is sent through it any more"],
  [
    "has no schema any more",
    service({ types: [type({ schema: null })] }),
    "it has no schema any more, so that a message may be anything",
  ],
  [
    "only warns",
    service({ types: [type({ mode: "warn" })] }),
    "a message that does not fit the schema comes, too, with a warning to its provider alone",
  ],
  [
    "has another",
    service({ types: [type({ schema: { ...SCHEMA, type: ["object", "null"] } })] }),
    "a message may be null now",
  ],
])("of a service or type that %s, the change is said in words", (_, after, detail) => {
  expect(of(after)[0]?.detail).toBe(detail);
});

test("where types are not declared, before or after, nothing is compared", () => {
  const { types: _, ...undeclared } = service();
  expect(of(service(), undeclared)).toEqual([]);
  expect(of(undeclared, undeclared)).toEqual([]);
  expect(of(undeclared)).toMatchObject([{ eventType: "released", at: "1/types", verdict: "breaks" }]);
  expect(of(service(), service({ types: [type({ schema: null })] }))).toEqual([]);
});

test("a type is compared with the one of its name, and one that only warned with one that does", () => {
  const warned = service({ types: [type({ mode: "warn" })] });
  expect(of(service({ types: [type({ name: "tested", schema: null }), type()] }))).toEqual([]);
  expect(of(warned, warned)).toEqual([]);
  expect(of(service(), warned)).toEqual([]);
});

test("of types that leave no more each is said once, and what else may leave only where all could", () => {
  const stops = (eventType: string) => ({ eventType, detail: "it does not leave any more" });
  const both = service({ eventTypes: ["released", "tested"] });
  expect(of(service({ eventTypes: ["released"] }), both)).toMatchObject([stops("tested")]);
  expect(of(service({ eventTypes: ["tested", "built"], types: [] }))).toMatchObject([
    stops("released"),
    { eventType: null, detail: "only tested, built may leave now, where every type could" },
  ]);
  expect(of(service(), both)).toEqual([]);
});

test("a change of a whole service concerns every subscriber, and is said with all that are known", () => {
  const [change] = offerChanges([service()], []);
  if (!change) throw new Error("There is a change.");
  expect(concerns(change, { status: "approved", eventTypes: ["tested"] })).toBe(true);
  const words = "This breaks subscribers of releases: the service is not offered any more.";
  expect(changeInWords(change)).toBe(words);
  expect(changeInWords(change, ["a/b", "c/d"])).toBe(`${words} Subscribed: a/b, c/d.`);
});
