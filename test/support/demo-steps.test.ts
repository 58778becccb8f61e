import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { whitelistPushed } from "../../demo/whitelist.ts";
import { measured } from "../../demo/workflows.ts";
import { setStage, until } from "../../harness/stage.ts";

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

test("the demo whitelists what it pushed once GitHub's servers know of the push, so that it ends well with --unkind", async () => {
  const stage = await setStage({ log: pino({ level: "silent" }) });
  onTestFinished(() => stage.close());
  const { github, api, repositoryId } = stage;
  const { control } = github;
  control.createAccount({ login: "acme", type: "Organization" });
  control.createAccount({ login: "acme-dev" });
  control.createRepository({ owner: "acme", name: "releases", collaborators: { "acme-dev": "maintain" } });
  await control.install({ app: "zekt-demo", account: "acme" });
  await until(async () => {
    const { items } = await api<{ items: object[] }>("acme-dev", "GET", "/repositories");
    return items.length === 1;
  });
  const repository = `/repositories/${repositoryId("acme/releases")}`;
  await api("acme-dev", "PATCH", repository, { provider: true });
  control.configure({ pushDelayMs: 300 });
  const workflow = ".github/workflows/late.yml";
  const text = "on: push\njobs: { one: { runs-on: ubuntu-latest, steps: [{ run: echo }] } }\n";
  await whitelistPushed(stage, "acme/releases", { files: { [workflow]: text }, workflow });
  expect(await api("acme-dev", "GET", `${repository}/workflows`)).toMatchObject({
    items: [{ path: workflow, whitelisted: true, exists: true }],
  });
});
