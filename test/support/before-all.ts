import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { makeKeyPairs } from "../../fake-github/key-pairs.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder for what the files of a run share. */
    runFolder: string;
  }
}

/** Makes once for all test files what each would otherwise make for itself: of keys most need two, few a third. */
export default async function beforeAllFiles({ provide }: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "zekt-tests-"));
  provide("runFolder", folder);
  await makeKeyPairs(3);
  return () => rmSync(folder, { recursive: true, force: true });
}
