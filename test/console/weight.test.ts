import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { beforeAll, expect, test } from "vitest";
import { buildConsole } from "./browser.ts";

const DIST = fileURLToPath(new URL("../../app/console/dist", import.meta.url));

interface Chunk {
  file: string;
  imports?: string[];
  dynamicImports?: string[];
}

let manifest: Record<string, Chunk>;
beforeAll(() => {
  buildConsole();
  manifest = JSON.parse(readFileSync(join(DIST, ".vite/manifest.json"), "utf8"));
}, 60_000);

/** Everything that a part loads before it runs. */
function filesOf(name: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[name];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const one of chunk.imports ?? []) filesOf(one, seen);
  return seen;
}

test("the first page takes less than 250 kB of compressed script, and neither map nor charts are in it", () => {
  const files = new Set([...filesOf("index.html"), ...filesOf("pages/overview.tsx")]);
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file))).length, 0);
  expect(bytes).toBeLessThan(250_000);
  expect([...files].join(" ")).not.toMatch(/bars-|brokering-map-/);
});
