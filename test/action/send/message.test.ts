import { expect, test } from "vitest";
import { checkEventType, readMessage } from "../../../action/send/message.ts";

const LIMIT = 512 * 1024;

test("an event type has 1 to 100 characters, whatever their size", () => {
  expect(checkEventType("😀".repeat(100))).toBe("😀".repeat(100));
  expect(() => checkEventType("😀".repeat(101))).toThrow("it has 101.");
  expect(() => checkEventType("")).toThrow("it has 0.");
});

test("a message's size is that of its JSON in UTF-8, not of the text it was given as", () => {
  expect(readMessage('{ "a" : "\\u00fc" }', "")).toEqual({ json: '{"a":"ü"}', bytes: 10 });
  expect(readMessage(`"${"x".repeat(LIMIT - 2)}"`, "").bytes).toBe(LIMIT);
  expect(() => readMessage(`"${"x".repeat(LIMIT - 4)}€"`, "")).toThrow(
    "payload has 524289 bytes as JSON in UTF-8; the limit is 524288.",
  );
});

test.each(["0", "null", '""', "[]", "false"])("any JSON is a message, %s too", (text) => {
  expect(readMessage(text, "").json).toBe(text);
});

test.each([
  "9007199254740993",
  "[1e400,-1.50,0.1234567890123456789]",
  '{"b":1,"2":[1.0],"1":"\\n\\"\\u0001","b":2}',
  '["a, b: { c",{"d ":[]}]',
])("a message keeps the text of its numbers and the order of its keys: %s", (text) => {
  expect(readMessage(text, "").json).toBe(text);
  expect(readMessage(` ${text}\r\n\t`, "").json).toBe(text);
});
