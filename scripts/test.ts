import { startVitest } from "vitest/node";

// `npm test [filter …]`: runs everything, or the files whose path holds a filter, and ends with counts.
const filters = process.argv.slice(2);
if (filters.includes("--help")) {
  process.stdout.write(
    "npm test [-- FILTER ...]\nRuns every test, or those in files whose path holds a filter.\n",
  );
  process.exit(0);
}
const vitest = await startVitest("test", filters, { watch: false });
const counts = { passed: 0, failed: 0, skipped: 0 };
for (const file of vitest.state.getTestModules()) {
  const before = counts.failed;
  for (const test of file.children.allTests()) {
    const { state } = test.result();
    if (state === "passed" || state === "failed" || state === "skipped") counts[state] += 1;
  }
  // A file that could not be read, or whose hooks failed, so that its tests were skipped.
  if (counts.failed === before && (file.children.size === 0 || file.state() === "failed")) counts.failed += 1;
}
const { hasChromium } = await import("../test/console/browser.ts");
if (counts.skipped > 0 && !hasChromium) {
  process.stdout.write(
    "\nSkipped: the tests in test/console that need a browser. To run them, install Chromium (`apt-get install chromium`).\n",
  );
}
const unhandled = vitest.state.getUnhandledErrors().length;
await vitest.close();
const failed = counts.failed + unhandled;
process.stdout.write(
  `\n${counts.passed} passed, ${failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}\n`,
);
process.exit(failed > 0 || counts.passed === 0 ? 1 : 0);
