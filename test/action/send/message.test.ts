import { expect, test } from "vitest";
import { checkEventType, readMessage } from "../../../action/send/message.ts";

const LIMIT = 512 * 1024;

test("an event type has 1 to 100 characters, whatever their size", () => {
  expect(checkEventType("😀".repeat(100))).toBe("😀".repeat(100));
  expect(() => checkEventType("😀".repeat(101))).toThrow("it has 101.");
  expect(() => checkEventType("")).toThrow("it has 0.");
});

test("a message's size is that of its JSON in UTF-8, not of the text it was given as", () => {
  expect(readMessage('{ "a" : "\\u00fc" }', "")).toEqual({ payload: { a: "ü" }, bytes: 10 });
  expect(readMessage(`"${"x".repeat(LIMIT - 2)}"`, "").bytes).toBe(LIMIT);
  expect(() => readMessage(`"${"x".repeat(LIMIT - 4)}€"`, "")).toThrow(
    "payload has 524289 bytes as JSON in UTF-8; the limit is 524288.",
  );
});

test.each(["0", "null", '""', "[]", "false"])("any JSON is a message, %s too", (text) => {
  expect(readMessage(text, "").payload).toEqual(JSON.parse(text));
});
