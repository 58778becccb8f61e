import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { measured } from "../../demo/workflows.ts";

test("the demo measures a message by Node alone, as the tools of Linux and macOS differ", () => {
  const folder = mkdtempSync(join(tmpdir(), "zekt-measured-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const FILE = join(folder, "message.json");
  writeFileSync(FILE, '{"text":"ü"}');
  symlinkSync(process.execPath, join(folder, "node"));
  const [{ run }] = parse(measured("read")) as [{ run: string }];
  expect(
    spawnSync("/bin/bash", ["--norc", "-e", "-c", run], { env: { PATH: folder, FILE }, encoding: "utf8" }),
  ).toMatchObject({
    stdout: "read 13 bytes with sha256 9be54dbabe389fa9d22dccbb8ad5d3cecadba4a37dc362b9c26028c194b28867\n",
    stderr: "",
    status: 0,
  });
});

test("the demo says at once where it cannot run", () => {
  const windows = 'data:text/javascript,Object.defineProperty(process, "platform", { value: "win32" })';
  const args = [`--import=${windows}`, "demo/main.ts", "--once"];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
  expect(stderr).toContain("On Windows run it in WSL");
});
