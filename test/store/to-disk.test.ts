import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { toDisk } from "../../app/store/sqlite/to-disk.ts";

test("files and folders are written for good, and what is not there is said", () => {
  const folder = mkdtempSync(join(tmpdir(), "zekt-to-disk-"));
  try {
    const file = join(folder, "file");
    writeFileSync(file, "text");
    toDisk(file);
    toDisk(folder);
    expect(() => toDisk(join(folder, "nothing"))).toThrow("ENOENT");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.runIf(process.platform === "linux")(
  "a file system that writes no names to the disk is left to it",
  () => {
    // /proc answers EINVAL.
    expect(() => toDisk("/proc")).not.toThrow();
  },
);
