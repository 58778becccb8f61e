import fc from "fast-check";
import { expect, test } from "vitest";
import { FilterFault, judgeBy, readFilter } from "../../../app/domain/intake/filter.ts";
import { filterFault } from "../../../app/domain/intake/filter-fault.ts";

const RUN = { id: 7, conclusion: "success", head_branch: "main", created_at: "2026-01-31T09:29:00Z" };

const judge = (filter: string, message: string | null = "{}") =>
  readFilter(filter)({ eventType: "built", message, run: RUN });

const json = JSON.stringify;
const COMES = { passes: true, failed: null };
const HELD = { passes: false, failed: null };

test.each<[string, string, string | null, object]>([
  ["a field of the message", "message.severity == 'high'", json({ severity: "high" }), COMES],
  ["one of several", "message.severity in ['high', 'critical']", json({ severity: "low" }), HELD],
  ["a field of the run", "run.conclusion == 'success' && run.head_branch.startsWith('ma')", "{}", COMES],
  ["the event type", "eventType == 'tested'", "{}", HELD],
  ["an event alone", "message == null", null, COMES],
  ["a field that may be missing", "has(message.a) && message.a > 1", "{}", HELD],
  ["a sum of whole numbers", "message.n + 1 == 3", '{"n":2}', COMES],
  ["a whole number and a fraction", "message.n > 1.5", '{"n":2}', COMES],
  ["a number beyond 64 bits", "message.n > 1e19", '{"n":12345678901234567890}', COMES],
  ["a list", "message.items.exists(one, one.n > 2)", json({ items: [{ n: 1 }, { n: 3 }] }), COMES],
  ["a pattern", "message.tag.matches('^v[0-9]+$')", json({ tag: "v12" }), COMES],
  ["a time", "timestamp(run.created_at) > timestamp('2026-01-01T00:00:00Z')", "{}", COMES],
  [
    "names of JavaScript's own",
    "message.constructor == 1 && message['__proto__'] == 2",
    '{"constructor":1,"__proto__":2}',
    COMES,
  ],
  ["a key whose value is null", "'a' in message", '{"a":null}', COMES],
  ["a key that is not there", "'b' in message", '{"a":null}', HELD],
  ["as much text as is read", `true${" ".repeat(1996)}`, "{}", COMES],
  ["as many brackets as are read", `${"([".repeat(50)}${"])".repeat(50)} != [] && ({} == {})`, "{}", COMES],
])("a filter judges by %s", (_, filter, message, judgement) => {
  expect(judge(filter, message)).toEqual(judgement);
});

test.each([
  ["a field that is missing", "message.severity == 'high'", "field not found: severity"],
  ["a type that does not fit", "message > 1", "found no matching overload for '_>_'"],
  ["a value that is no answer", "run.id", "it is neither true nor false"],
])("a filter fails at %s, and then nothing comes", (_, filter, reason) => {
  const { passes, failed } = judge(filter);
  expect({ passes, failed }).toEqual({ passes: false, failed: expect.stringContaining(reason) });
});

test.each([
  "int('42') == 42 && int('-7') == -7 && int('007') == 7 && int('+7') == 7",
  "int('-9223372036854775808') < int('9223372036854775807')",
  "uint('42') == 42u && uint('18446744073709551615') > 0u",
  "double('1.5') == 1.5 && double('.5') < double('1.') && double('-1e3') == -1000.0",
  "double('Infinity') > 1e308 && double('-Infinity') < 0.0 && double('NaN') != double('NaN')",
  "duration('1h30m') == duration('90m') && duration('0') == duration('0s')",
  "timestamp('2028-02-29T00:00:00Z') > timestamp('2026-12-31T23:59:59Z')",
])("a text that is a value is read as one: %s", (filter) => {
  expect(judge(filter)).toEqual(COMES);
});

test.each(
  Object.entries({
    int: ["", "  ", "n/a", "0x10", "1.5", "1e3", "1_000", "9".repeat(21)],
    uint: ["", " ", "-1", "+1", "0x10", "9".repeat(21)],
    double: ["", " ", "n/a", "0x10", "1e", ".", "1_000", " 1", "1e400"],
    duration: ["", "-", "+"],
    timestamp: [
      "2026-02-30T00:00:00Z",
      "2027-02-29T00:00:00Z",
      "2026-04-31T00:00:00Z",
      "2026-01-00T00:00:00Z",
      "2026-01-01T24:00:00Z",
    ],
  }).flatMap(([type, texts]) => texts.map((text) => [type, text] as const)),
)("%s of %j fails, where JavaScript would find a value", (type, text) => {
  const judged = judge(`${type}(message.a) == ${type}(message.a)`, json({ a: text }));
  expect(judged).toEqual({
    passes: false,
    failed: expect.stringContaining(`is not a value of type ${type}`),
  });
});

test.each([
  ["int", "9223372036854775808"],
  ["uint", "18446744073709551616"],
  ["timestamp", "2026-01-01"],
  ["timestamp", ""],
  ["duration", "5"],
])("%s of %j fails", (type, text) => {
  expect(judge(`${type}(message.a) == ${type}(message.a)`, json({ a: text }))).toMatchObject({
    passes: false,
  });
});

test("an error that the answer does not hang on is none", () => {
  expect(judge("message.severity == 'high' || run.id == 7")).toEqual(COMES);
});

test.each<[string, string, number, number, string]>([
  ["an unfinished comparison", "message.a ==", 1, 11, "found = but expecting end of input"],
  [
    "a name that is none",
    "run.id == 7 &&\n  mesage.a == 1",
    2,
    3,
    "there is no mesage; there are message, run and eventType",
  ],
  ["a function that is none", "run.id == 7 && now() > 1", 1, 16, "there is no function now"],
  [
    "a type of protobuf",
    "google.protobuf.Int32Value{value: 1} == 1",
    1,
    1,
    "there is no type google.protobuf.Int32Value",
  ],
  [
    "loops in loops in loops in loops",
    "[1].all(a, [1].all(b, [1].all(c, [1].all(d, true))))",
    1,
    37,
    "has more than 3 loops within one another",
  ],
  ["more parts than are read", `[${"1,".repeat(600)}1] == []`, 1, 998, "has more than 500 parts"],
  ["more text than is read", `true${" ".repeat(1997)}`, 1, 1, "has more than 2000 characters"],
  ["a mistake far down", `${"\n".repeat(11)}message.a ==`, 12, 11, "found = but expecting end of input"],
  ["half of a character", "message == '\\ud800'", 1, 1, "surrogate code points are not allowed"],
  [
    "brackets deeper than are read",
    `${"([".repeat(50)}{}${"])".repeat(50)} == 1`,
    1,
    1,
    "has more than 100 brackets within one another",
  ],
])("%s is a fault with its place", (_, filter, line, column, message) => {
  let fault: unknown;
  try {
    readFilter(filter);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(FilterFault);
  expect(fault).toMatchObject({ line, column, message });
});

test("a stored filter that cannot be read any more fails, and says why", () => {
  const judged = { eventType: "built", message: null, run: RUN };
  expect(judgeBy("mesage == null", judged)).toEqual({
    passes: false,
    failed: "there is no mesage; there are message, run and eventType",
  });
  expect(judgeBy("message == null", judged)).toEqual(COMES);
});

const MANY = json({
  items: Array.from({ length: 50_000 }, (_, n) => n),
  text: "a".repeat(200_000),
  pattern: "x*".repeat(5000),
});

test.each([
  ["loops of many steps", "message.items.all(a, message.items.all(b, true))"],
  ["comparisons of the whole message", "message.items.all(a, message == message)"],
  ["texts that double", `[message.text]${".map(a, a + a)".repeat(30)}.size() == 1`],
  ["lists that grow entry by entry", "message.items.map(a, a).size() == 0"],
  ["a long pattern over a long text", "message.text.matches(message.pattern)"],
  ["a pattern and its text as arguments", "matches(message.text, message.pattern)"],
])("a filter whose cost grows by %s ends alike on any machine", (_, filter) => {
  expect(judge(filter, MANY)).toEqual({ passes: false, failed: "it takes too many steps for this message" });
});

/** A list and an object of so many entries that a step for each pair costs too much, and one for each none. */
const SOME = json({
  list: Array.from({ length: 1500 }, (_, n) => n),
  map: Object.fromEntries(Array.from({ length: 1500 }, (_, n) => [`k${n}`, n])),
});

test.each([
  ["over a list", "message.list.all(a, message.list.all(b, true))"],
  ["over an object's keys", "message.list.all(a, message.map.all(b, true))"],
  ["that ends early, as its entries were copied", "message.list.all(a, message.list.exists(b, true))"],
  ["beside one over no list", "1.all(a, true) || message.list.all(a, message.list.all(b, true))"],
])("each entry of a loop counts as a step: %s", (_, filter) => {
  expect(judge(filter, SOME)).toEqual({ passes: false, failed: "it takes too many steps for this message" });
  expect(judge("message.list.all(a, a >= 0) && message.map.all(a, true)", SOME)).toEqual(COMES);
});

test("a message that is nested deeper than the engine reads fails the filter, and says so", () => {
  const nested = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  expect(judge("true", nested)).toEqual({ passes: false, failed: "it is nested too deep" });
});

test("what is wrong in a filter is one sentence with its place", async () => {
  expect(await filterFault("run.id == 7 &&\n  mesage.a == 1")).toBe(
    "The filter is wrong at line 2, column 3: there is no mesage; there are message, run and eventType.",
  );
  expect(await filterFault("run.id == 7")).toBeNull();
  // An error of Zekt's own is no fault of the filter.
  await expect(filterFault(undefined as never)).rejects.toThrow(TypeError);
});

test("a long list, a long text and a plain pattern are within the bounds", () => {
  expect(judge("message.items.exists(a, a == 49999)", MANY)).toEqual(COMES);
  expect(judge("message.text.contains('b') || message.text.matches('^a+$')", MANY)).toEqual(COMES);
});

test("whatever is written as a filter is read or refused with a place, and judged, in bounded time", () => {
  const atom = fc.constantFrom(
    "message",
    "run.id",
    "'a'",
    "1",
    "2.5",
    "true",
    "message.items",
    "[1, 2]",
    "{'a': 1}",
    "null",
  );
  const { expr } = fc.letrec<{ expr: string }>((tie) => ({
    expr: fc.oneof(
      { maxDepth: 5 },
      atom,
      fc
        .tuple(tie("expr"), fc.constantFrom("+", "==", "&&", "||", "in", "<", "%", ")", "."), tie("expr"))
        .map((parts) => parts.join(" ")),
      fc
        .tuple(tie("expr"), fc.constantFrom("exists", "all", "map", "filter"), tie("expr"))
        .map(([on, loop, by]) => `(${on}).${loop}(x, ${by})`),
      fc.tuple(tie("expr"), tie("expr")).map(([one, other]) => `size(${one}) > (${other})`),
    ),
  }));
  fc.assert(
    fc.property(fc.oneof(expr, fc.string({ maxLength: 80 })), (filter) => {
      const startedAt = process.threadCpuUsage();
      try {
        const judgement = judge(filter, json({ items: Array.from({ length: 2000 }, (_, n) => n) }));
        expect(typeof judgement.passes).toBe("boolean");
      } catch (error) {
        expect(error).toBeInstanceOf(FilterFault);
      }
      const { user, system } = process.threadCpuUsage(startedAt);
      expect((user + system) / 1000).toBeLessThan(5000);
    }),
    { numRuns: Number(process.env.ZEKT_FUZZ ?? 5) * 40 },
  );
});

/** Returns whether a filter lets a message pass. */
const passes = (filter: string, message: string): boolean =>
  readFilter(filter)({ eventType: "built", message, run: {} }).passes;

test.each([
  ["0", true],
  ["-12", true],
  ["9223372036854775807", true],
  ["9223372036854775808", false],
  ["-9223372036854775808", true],
  ["-9223372036854775809", false],
  ["12345678901234567890", false],
  ["1.5", false],
  ["1e2", false],
])("the number %s of a message is a whole one of CEL: %s", (number, isInt) => {
  expect(passes("type(message) == int", number)).toBe(isInt);
  expect(passes("type(message) == double", number)).toBe(!isInt);
});

test.each([
  "[bool, bytes, double, int, list, map, null_type, string, type, uint].size() == 10",
  "message == null ? true : false",
  "{'a': 1}.a == 1 && {eventType: 2}['built'] == 2",
  "[1, 2].exists(n, n > 1) && {'a': 1}.all(k, k == 'a')",
])("of CEL itself there is what %s needs", (filter) => {
  expect(passes(filter, "null")).toBe(true);
});

test.each([
  ["nope.size() == 1", 1],
  ["'a'.startsWith(nope)", 16],
  ["{nope: 1}.size() == 1", 2],
  ["{'a': nope}.size() == 1", 7],
  ["nope.all(n, true)", 1],
  ["[1].all(n, nope)", 12],
  ["nope.a", 1],
])("a name that is nobody's is found wherever it stands: %s", (filter, column) => {
  expect(() => readFilter(filter)).toThrow(
    expect.objectContaining({
      name: "FilterFault",
      message: "there is no nope; there are message, run and eventType",
      line: 1,
      column,
    }),
  );
});

test("a filter that reads a shielded message fails and says why, and one that does not is judged", () => {
  const judged = { eventType: "built", message: null, isShielded: true, run: {} };
  expect(readFilter("message == null")(judged)).toEqual({
    passes: false,
    failed: "it reads message, which is shielded, so that only the consumer's run can",
  });
  expect(readFilter("eventType == 'built'")(judged)).toEqual({ passes: true, failed: null });
});
