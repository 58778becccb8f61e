import { expect, test } from "vitest";
import { hardPhrases, hardPhrasesInSource } from "../../scripts/plain-words.ts";

test("a phrase that readers stumbled over is named with its line and a plainer one", () => {
  expect(hardPhrases("One line.\nThe default holds until you say otherwise.\nMend it on GitHub.")).toEqual([
    { line: 2, message: 'says "say otherwise": write by default' },
    { line: 3, message: 'says "Mend": write fix' },
  ]);
});

test("code in a document is no prose", () => {
  expect(hardPhrases("Run `mend`.\n```sh\nmend organisation\n```\n")).toEqual([]);
});

test("of a source file what people read is looked at: strings and JSX, not names and comments", () => {
  const source = [
    "/** Mend it. */",
    'const mend = "mend";',
    "const said = `Whoever runs it: ` + mend;",
    "const page = <p>It was taken back by {said}</p>;",
  ].join("\n");
  expect(hardPhrasesInSource("page.tsx", source).map(({ line }) => line)).toEqual([3, 4]);
});
