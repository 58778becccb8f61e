import { expect, test } from "vitest";
import { cutText } from "../../app/domain/cut-text.ts";

test("a text is cut between characters, not within one", () => {
  expect(cutText("abc", 3)).toBe("abc");
  expect(cutText("abcd", 3)).toBe("abc");
  expect(cutText("a🚀", 3)).toBe("a🚀");
  expect(cutText("a", 3)).toBe("a");
  expect(cutText("ab🚀d", 3)).toBe("ab");
  expect(cutText("ab🚀d", 4)).toBe("ab🚀");
  expect(cutText("🚀".repeat(600), 1000).isWellFormed()).toBe(true);
  expect(cutText(`a${"🚀".repeat(600)}`, 1000).isWellFormed()).toBe(true);
});
