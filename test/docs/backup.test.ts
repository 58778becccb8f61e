import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { runZekt } from "../cli/run-zekt.ts";
import { blocksOf, ROOT } from "./documents.ts";

const SUFFIX = join("var", "lib", "zekt");

let base: string;
let server: Storage | null;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "zekt-backup-page-"));
  server = openSqlite({ folder: join(base, SUFFIX) });
  writeFileSync(join(base, SUFFIX, "app.json"), '{"APP_ID": "1"}', { mode: 0o600 });
});
afterEach(async () => {
  await server?.close();
  rmSync(base, { recursive: true, force: true });
});

/** Does a line of the page: `zekt` runs with its paths below the test's folder, `systemctl` stops and starts the server. */
async function follow(line: string): Promise<void> {
  const [command = "", ...args] = line.split(" ");
  if (command === "systemctl") {
    await server?.close();
    server = args[0] === "start" ? openSqlite({ folder: join(base, SUFFIX) }) : null;
  } else if (command === "zekt") {
    const moved = args.map((arg) => (arg.startsWith("/") ? join(base, arg) : arg));
    expect(await runZekt(moved), line).toMatchObject({ code: 0, err: "" });
  }
}

const put = async (sk: string) => await server?.table("guards", systemClock).put({ pk: "test", sk });
const itemsOf = async (storage: Storage | null) =>
  (await storage?.table("guards", systemClock).all<object>({ hash: ["pk", "test"] }))?.map(({ sk }) => sk);

test("who follows the page on backups has the data of that moment back, and what came after it aside", async () => {
  const [backup, restore, rehearse] = blocksOf("docs/backup.md", "sh") as [string, string, string];
  await put("before");
  await follow(backup.trim());
  await put("after");
  for (const line of restore.trim().split("\n")) await follow(line);
  expect(await itemsOf(server)).toEqual(["before"]);
  const aside = readdirSync(join(base, SUFFIX)).filter((name) => name.startsWith("before-restore-"));
  expect(aside).toHaveLength(1);
  const old = openSqlite({ folder: join(base, SUFFIX, String(aside[0])) });
  expect(await itemsOf(old)).toEqual(["after", "before"]);
  await old.close();
  await follow(rehearse.trim());
  expect(existsSync(join(base, "tmp/zekt-rehearsal/app.json"))).toBe(true);
});

test("a new version is installed beside the one that runs, and takes its place while that one is stopped", () => {
  const [, , , install, swap] = blocksOf("docs/backup.md", "sh").map((block) =>
    block.trim().split(/\s*\n\s*/),
  );
  const begins = (line: string) => (one: string) => one.startsWith(line);
  const [, next = ""] = /^cd \/opt\/(\S+)$/m.exec(install?.join("\n") ?? "") ?? [];
  expect(install?.findIndex(begins("npm ci"))).toBeGreaterThan(install?.indexOf(`cd /opt/${next}`) ?? 0);
  // The unit runs what is in this folder.
  const running = /^WorkingDirectory=\/opt\/(.+)$/m.exec(
    readFileSync(`${ROOT}deploy/zekt.service`, "utf8"),
  )?.[1];
  expect(next).not.toBe(running);
  expect(swap).toEqual([
    "cd /opt",
    "systemctl stop zekt",
    `mv ${running} ${running}-before`,
    `mv ${next} ${running}`,
    "systemctl start zekt",
  ]);
});
