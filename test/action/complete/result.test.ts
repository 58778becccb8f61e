import { expect, test } from "vitest";
import { resultOf } from "../../../action/complete/result.ts";

test.each([
  ["", "success", true, "success"],
  ["", "failure", false, "failure"],
  ["", "cancelled", false, "cancelled"],
  ["true", "", true, "success"],
  ["false", "", false, "failure"],
  ["true", "failure", true, "success"],
  ["true", "cancelled", true, "success"],
  ["false", "success", false, "failure"],
  ["false", "cancelled", false, "cancelled"],
  ["true", "neutral", true, "neutral"],
  ["false", "timed_out", false, "timed_out"],
])("success '%s' and conclusion '%s' are %s, %s", (given, status, success, conclusion) => {
  expect(resultOf(given, status)).toEqual({ success, conclusion });
});
