import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const script = readFileSync(new URL("../../.ci/run", import.meta.url), "utf8");
const checks = script.slice(script.indexOf("checks=("), script.indexOf("# For readers of the log."));
const block = script.slice(script.indexOf('echo; echo "== the main ratios"'), script.lastIndexOf("\necho\n"));

/** Runs CI's part for the bench with another `npm`, and returns what it prints and its end. */
function run(npm: string, part = block) {
  const folder = mkdtempSync(join(tmpdir(), "zekt-ci-"));
  try {
    writeFileSync(join(folder, "npm"), `#!/bin/sh\n${npm}\n`);
    chmodSync(join(folder, "npm"), 0o755);
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
    const bash = spawnSync("bash", ["-euo", "pipefail", "-c", `${part}\necho after`], {
      env,
      encoding: "utf8",
    });
    return { out: bash.stdout, status: bash.status };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("CI prints the ratios", () => {
  expect(block).toContain("bench -- --quick");
  expect(run("echo ratios")).toEqual({ out: "\n== the main ratios\nratios\nafter\n", status: 0 });
});

test("a bench that fails does not fail CI, which says why", () => {
  const { out, status } = run("echo broken >&2; exit 1");
  expect(out).toBe("\n== the main ratios\nThe bench gave no ratios:\nbroken\nafter\n");
  expect(status).toBe(0);
});

test("a bench that does not end does not hold up CI", () => {
  const soon = block.replace(/--kill-after=5 \d+/, "--kill-after=0.1 0.1");
  expect(soon).not.toBe(block);
  expect(run("trap '' TERM; while :; do sleep 0.05; done", soon)).toMatchObject({ status: 0 });
});

test("on a machine so slow that CI would take more than 20 minutes nothing is measured", () => {
  const { out, status } = run("echo ratios", `SECONDS=1100\n${block}`);
  expect(out).toBe("\n== the main ratios\nLeft out: the run has taken 1100 s already.\nafter\n");
  expect(status).toBe(0);
});

test("every check runs, what each printed follows in their order, and one that failed fails CI", () => {
  const names = [...checks.matchAll(/^ {2}"([^|"]+)\|/gm)].map(([, name]) => name);
  expect(names).toContain("types");
  const fine = run('echo "$*"', checks);
  expect(fine.status).toBe(0);
  expect([...fine.out.matchAll(/^== (.*)$/gm)].map(([, name]) => name)).toEqual(names);
  expect(fine.out).toContain("\n== demo\nrun --silent demo -- --once\n");
  const failed = run('case "$*" in *" types") echo broken >&2; exit 3;; esac; sleep 0.05; echo fine', checks);
  expect(failed.status).toBe(1);
  expect(failed.out).toContain("\n== types\nbroken\nIt failed.\n");
  expect(failed.out.match(/^fine$/gm)).toHaveLength(names.length - 1);
});
