import { expect, test } from "vitest";
import { commentFaults, MOST_WORDS } from "../../scripts/comment-faults.ts";

const faultsOf = (text: string): string[] =>
  commentFaults("x.ts", text).map(({ line, message }) => `${line} ${message}`);

test.each(["What", "Who", "Whoever", "Whether", "Of", "That", "How"])(
  "a comment that begins with %s is refused, wherever it stands",
  (word) => {
    const message = `begins with "${word}": begin with a verb, or with the thing's name`;
    const comment = `/** ${word} it does. */`;
    expect(
      faultsOf(
        [
          `${comment}\nexport const a = 1;`,
          `${comment}\nfunction b() {}`,
          `interface C {\n  ${comment}\n  d: 1;\n}`,
          `class E {\n  ${comment}\n  #f = 1;\n}`,
          `export type G =\n  ${comment}\n  | { is: "g" };`,
        ].join("\n"),
      ),
    ).toEqual([1, 3, 6, 10].map((line) => `${line} ${message}`));
  },
);

test.each(["Notes", "Tells", "Has", "Lets", "Keeps", "Takes", "Tends", "Looks", "Hands", "Settles"])(
  "a comment that begins with %s is refused, and told of other verbs",
  (word) => {
    expect(faultsOf(`/** ${word} what there is. */\nexport const a = 1;`)).toEqual([
      `1 begins with "${word}": say what it does, such as Records, Returns, Raises or Makes`,
    ]);
    expect(faultsOf(`/** Returns what ${word} means. */\nexport const a = 1;`)).toEqual([]);
  },
);

test("a comment that begins with a verb or a noun passes, as does a plain remark", () => {
  expect(
    faultsOf(`/** Returns whether it is so. */
export const a = 1;
/** Offers more than it asks for. */
export const b = 1;
// What a remark in the code says is its own affair.
export const c = 1;`),
  ).toEqual([]);
});

test("a sentence that runs on is refused; addresses, tags and a second sentence do not count", () => {
  const words = (count: number): string => Array.from({ length: count }, () => "word").join(" ");
  expect(faultsOf(`/** Returns ${words(MOST_WORDS)}. */\nexport const a = 1;`)).toEqual([
    expect.stringContaining(
      `1 has a sentence of ${MOST_WORDS + 1} words, at most ${MOST_WORDS}: Returns word`,
    ),
  ]);
  expect(
    faultsOf(`/**
 * Returns ${words(MOST_WORDS - 1)}. Returns ${words(MOST_WORDS - 1)}. https://docs.github.com/en
 * @throws {Error} ${words(MOST_WORDS)}
 */
export const a = 1;`),
  ).toEqual([]);
});
