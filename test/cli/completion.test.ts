import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { processIo } from "../../cli/io.ts";
import { programOf } from "../../cli/program.ts";
import { runZekt } from "./run-zekt.ts";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zekt-completion-"));
  for (const shell of ["bash", "zsh", "fish"])
    writeFileSync(join(folder, shell), (await runZekt(["completion", shell])).out);
  writeFileSync(join(folder, "two words.yml"), "");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMMANDS = programOf(processIo()).commands.map((command) => command.name());
const has = (shell: string): boolean => spawnSync(shell, ["--version"]).status === 0;

/** Returns what bash completes the begun last word of each line to. */
function completedOf(lines: readonly (readonly string[])[]): string[][] {
  const each = lines.map(
    (words) =>
      `COMP_WORDS=(${words.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${words.length - 1}; COMPREPLY=(); _zekt; printf '%s\\n' "\${COMPREPLY[@]}"; echo =`,
  );
  const script = [`. ${join(folder, "bash")}`, ...each].join("\n");
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script], { encoding: "utf8", cwd: folder });
  expect({ stderr, status }).toEqual({ stderr: "", status: 0 });
  return stdout
    .split("=\n")
    .slice(0, -1)
    .map((one) => one.split("\n").filter(Boolean));
}

test("bash completes every command, its options, their choices, its words, and files", () => {
  const names = completedOf(COMMANDS.map((name) => ["zekt", name]));
  for (const [index, name] of COMMANDS.entries()) expect(names[index]).toContain(name);
  const lines = [
    ["zekt", "re"],
    ["zekt", "replay", "--y"],
    ["zekt", "deliveries", "--status", "C"],
    ["zekt", "completion", "f"],
    ["zekt", "validate", "two w"],
    ["zekt", "validate", "ba"],
  ];
  expect(completedOf(lines)).toEqual([
    ["replay", "restore"],
    ["--yes"],
    ["Confirmed", "Completed"],
    ["fish"],
    ["two words.yml"],
    ["bash"],
  ]);
});

test.runIf(has("zsh"))("zsh takes the script", () => {
  expect(spawnSync("zsh", ["-n", join(folder, "zsh")], { encoding: "utf8" })).toMatchObject({
    status: 0,
    stderr: "",
  });
});

test.runIf(has("fish"))("fish takes the script", () => {
  expect(spawnSync("fish", ["-n", join(folder, "fish")], { encoding: "utf8" })).toMatchObject({
    status: 0,
    stderr: "",
  });
});

test("the scripts of zsh and fish name every command and option", async () => {
  for (const shell of ["zsh", "fish"]) {
    const { out } = await runZekt(["completion", shell]);
    for (const name of COMMANDS) expect(out).toContain(name);
    expect(out).toContain("idempotency key");
    expect(out).toContain("bash zsh fish");
    expect(out).not.toContain("undefined");
  }
});

test("another shell is wrong usage", async () => {
  expect(await runZekt(["completion", "tcsh"])).toMatchObject({ code: 2, out: "" });
});
