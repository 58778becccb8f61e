import { expect, test } from "vitest";
import { isSaid } from "./messages.ts";
import { quoted } from "./quoted.ts";

test.each(["docs/troubleshooting.md", "docs/zekt-yml.md"])(
  "whatever %s says that the product says, it says",
  (file) => {
    const messages = quoted(file);
    expect(messages.length).toBeGreaterThan(5);
    expect(messages.filter((message) => !isSaid(message))).toEqual([]);
  },
);

test("what nobody says is not found to be said", () => {
  expect(isSaid("The moon is not enabled as a provider of light.")).toBe(false);
  expect(isSaid("The signature does match.")).toBe(false);
});
