import { getConformanceSuite } from "@bufbuild/cel-spec/testdata/tests.js";
import { expect, test } from "vitest";
import { readFilter } from "../../../app/domain/intake/filter.ts";

/*
 * CEL's published conformance tests, as far as they apply: expressions of what JSON can hold, without protobuf's
 * messages, extensions, or names that a filter has not.
 */

type Suite = ReturnType<typeof getConformanceSuite>;
type Original = Suite["tests"][number]["original"];
type Value = Extract<Original["resultMatcher"], { case: "value" }>["value"];

const SUITES: ReadonlySet<string> = new Set([
  "basic",
  "comparisons",
  "conversions",
  "fields",
  "fp_math",
  "integer_math",
  "lists",
  "logic",
  "macros",
  "parse",
  "plumbing",
  "string",
  "timestamps",
]);
/** Protobuf's types, and functions and variables that a filter has not: it refuses them when it is saved. */
const NOT_OURS = /google\.|TestAllTypes|\ba\.\w+\(\) \|\||x \|\| true|f_unknown|^(x|dyn)$/;

/** The filters that the library cannot read: fields whose names stand in backticks. */
const UNREAD = 6;

/** Writes an expected value in CEL; null where it cannot be written. */
function literalOf({ kind }: Value): string | null {
  switch (kind.case) {
    case "boolValue":
      return String(kind.value);
    case "int64Value":
      return kind.value === -(2n ** 63n) ? null : `(${kind.value})`;
    case "uint64Value":
      return `${kind.value}u`;
    case "doubleValue":
      return Number.isFinite(kind.value) ? `(${kind.value.toExponential()})` : null;
    case "stringValue":
      return JSON.stringify(kind.value);
    case "nullValue":
      return "null";
    case "listValue": {
      const values = kind.value.values.map(literalOf);
      return values.includes(null) ? null : `[${values.join(",")}]`;
    }
    default:
      return null;
  }
}

/** Returns a filter that is to come out so, of a test that applies. */
function filterOf({ expr, resultMatcher: expected, bindings, container }: Original) {
  if (Object.keys(bindings).length > 0 || container !== "" || NOT_OURS.test(expr)) return null;
  if (expected.case === "evalError") return { filter: expr, fails: true };
  const literal = expected.case === "value" ? literalOf(expected.value) : null;
  return literal === null ? null : { filter: `(${expr}) == (${literal})`, fails: false };
}

function isAsExpected({ filter, fails }: { filter: string; fails: boolean }): boolean {
  try {
    const { passes, failed } = readFilter(filter)({ eventType: "built", message: null, run: {} });
    return fails ? failed !== null : passes;
  } catch {
    return false;
  }
}

const filtersOf = ({ suites, tests }: Suite): { filter: string; fails: boolean }[] => [
  ...tests.flatMap(({ original }) => filterOf(original) ?? []),
  ...suites.flatMap(filtersOf),
];

test("CEL's conformance tests that apply hold, but for fields in backticks", () => {
  const applying = getConformanceSuite()
    .suites.filter(({ name }) => SUITES.has(name))
    .flatMap(filtersOf);
  const wrong = applying.filter((one) => !isAsExpected(one)).map(({ filter }) => filter);
  expect(wrong.filter((filter) => !filter.includes("`"))).toEqual([]);
  expect(wrong).toHaveLength(UNREAD);
  expect(applying).toHaveLength(916);
});
