import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { commentFaults } from "./comment-faults.ts";
import { hardPhrases, hardPhrasesInSource } from "./plain-words.ts";

// `npm run words`: refuses doc comments that are hard to read, in the whole tree, and phrases that readers stumbled
// over, in documents and in what the program says.
const FOLDERS = [
  "app",
  "action",
  "cli",
  "shared",
  "fake-github",
  "harness",
  "demo",
  "bench",
  "scripts",
  "deploy",
  "test",
];

const cwd = fileURLToPath(new URL("..", import.meta.url));
const files = globSync(`{${FOLDERS.join(",")}}/**/*.{ts,tsx}`, {
  cwd,
  // Packages that a bench has installed are not ours.
  exclude: ["bench/out/**"],
});
const faults = files
  .sort()
  .flatMap((path) =>
    commentFaults(path, readFileSync(new URL(`../${path}`, import.meta.url), "utf8")).map(
      ({ line, message }) => `${path}:${line} ${message}`,
    ),
  );
const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");
// Tests are quoted in proof.md by their names; what the bench writes, and notes for developers, are not for users.
const documents = globSync(["README.md", "SECURITY.md", "docs/*.md"], {
  cwd,
  exclude: [
    "docs/proof.md",
    "docs/decisions.md",
    "docs/github-as-it-is.md",
    "docs/aws-as-it-is.md",
    "docs/performance.md",
    "docs/scale.md",
  ],
});
const said = globSync(["app/**/*.{ts,tsx}", "cli/**/*.ts"], {
  cwd,
  exclude: ["**/dist/**"],
});
const phrases = [
  ...documents.flatMap((path) => hardPhrases(read(path)).map((one) => ({ path, ...one }))),
  ...said.flatMap((path) => hardPhrasesInSource(path, read(path)).map((one) => ({ path, ...one }))),
].map(({ path, line, message }) => `${path}:${line} ${message}`);
if (phrases.length > 0)
  process.stdout.write(`${phrases.join("\n")}\n${phrases.length} phrases are hard to read.\n`);
process.stdout.write(
  faults.length > 0
    ? `${faults.join("\n")}\n${faults.length} comments are hard to read.\n`
    : `The comments of ${files.length} files begin plainly, and no sentence runs on.\n`,
);
process.exitCode = faults.length + phrases.length > 0 ? 1 : 0;
