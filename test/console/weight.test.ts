import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildConsole } from "./browser.ts";

const DIST = mkdtempSync(join(tmpdir(), "zekt-console-"));

interface Chunk {
  file: string;
  imports?: string[];
  dynamicImports?: string[];
}

let manifest: Record<string, Chunk>;
beforeAll(() => {
  for (const mode of ["test", "production"]) buildConsole(["--out", DIST], mode);
  manifest = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8"));
}, 60_000);
afterAll(() => rmSync(DIST, { recursive: true }));

/** Everything that a part loads before it runs. */
function filesOf(name: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const one of chunk.imports ?? []) filesOf(one, seen);
  return seen;
}

test("a console that was built for tests is built anew before it is served", () => {
  const files = Object.values(manifest).map(({ file }) => file);
  expect(files.join(" ")).not.toContain("jsx-dev-runtime");
});

test("the first page takes less than 120 kB of compressed script, and neither map nor charts are in it", () => {
  const files = new Set([...filesOf("index.html"), ...filesOf("pages/overview.tsx")]);
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0);
  expect(bytes).toBeLessThan(120_000);
  expect([...files].join(" ")).not.toMatch(/bars-|brokering-map-/);
});
