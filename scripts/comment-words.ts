import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { commentFaults } from "./comment-faults.ts";

// `npm run words`: refuses doc comments that are hard to read, in the whole tree.
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
});
const faults = files
  .sort()
  .flatMap((path) =>
    commentFaults(path, readFileSync(new URL(`../${path}`, import.meta.url), "utf8")).map(
      ({ line, message }) => `${path}:${line} ${message}`,
    ),
  );
process.stdout.write(
  faults.length > 0
    ? `${faults.join("\n")}\n${faults.length} comments are hard to read.\n`
    : `The comments of ${files.length} files begin plainly, and no sentence runs on.\n`,
);
process.exitCode = faults.length > 0 ? 1 : 0;
