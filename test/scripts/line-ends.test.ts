import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";

const git = (...args: string[]) => spawnSync("git", args, { encoding: "utf8" });

// Who got the sources as an archive has no git to ask.
test.skipIf(git("rev-parse", "--git-dir").status !== 0)(
  "git writes the same bytes on Windows, where it is set to end lines by CRLF",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "zekt-line-ends-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const files = [".ci/run", "app.yml", "action/send/dist/index.js"];
    const as = ["-c", "core.autocrlf=true", "checkout-index", `--prefix=${folder}/`, "--", ...files];
    expect(git(...as)).toMatchObject({ status: 0, stderr: "" });
    for (const file of files) expect(readFileSync(join(folder, file)).includes("\r\n")).toBe(false);
  },
);
