import {
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { runZekt } from "./run-zekt.ts";

let base: string;
let data: string;
let target: string;
let storage: Storage | null;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "zekt-backup-"));
  [data, target] = [join(base, "data"), join(base, "backup")];
  storage = openSqlite({ folder: data });
  writeFileSync(join(data, "app.json"), '{"APP_ID": "1"}', { mode: 0o600 });
});
afterEach(async () => {
  await storage?.close();
  rmSync(base, { recursive: true, force: true });
});

const put = async (sk: string, text = "x") =>
  await storage?.table("guards", systemClock).put({ pk: "test", sk, text });
const itemsIn = async (folder: string): Promise<string[]> => {
  const opened = openSqlite({ folder });
  const items = await opened.table("guards", systemClock).all<object>({ hash: ["pk", "test"] });
  await opened.close();
  return items.map(({ sk }) => sk);
};
const stop = async () => {
  await storage?.close();
  storage = null;
};

test("a backup made while the server runs has all that was stored before, and the App's key", async () => {
  await put("before");
  await storage?.archive.put("events/1", "a payload");
  await storage?.queue("routing").send([{ body: "{}", group: "g" }]);
  const { code, out, err, shown } = await runZekt(["backup", target, "--data", data]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^Backed up \S+ to \S+ \(\d+\.\d MB\)\.\n$/);
  expect(shown.some((line) => /^Copying \d+ %$/.test(line))).toBe(true);
  await put("after");
  await stop();
  expect(await runZekt(["restore", target, "--data", join(base, "new")])).toMatchObject({ code: 0 });
  expect(await itemsIn(join(base, "new"))).toEqual(["before"]);
  const restored = openSqlite({ folder: join(base, "new") });
  expect((await restored.archive.get("events/1"))?.text).toBe("a payload");
  expect(await restored.queue("routing").count()).toMatchObject({ ready: 1 });
  await restored.close();
  expect(readFileSync(join(base, "new", "app.json"), "utf8")).toBe('{"APP_ID": "1"}');
});

test("writes go on during a backup, which is as the data was at one moment", async () => {
  const text = "x".repeat(100_000);
  for (let i = 0; i < 200; i++) await put(`a${String(i).padStart(4, "0")}`, text);
  let written = 0;
  let isOver = false;
  const writing = (async () => {
    while (!isOver) await put(`b${String(written++).padStart(6, "0")}`);
  })();
  expect(await runZekt(["backup", target, "--data", data])).toMatchObject({ code: 0 });
  isOver = true;
  await writing;
  await stop();
  await runZekt(["restore", target, "--data", join(base, "new")]);
  const found = await itemsIn(join(base, "new"));
  const added = found.filter((sk) => sk.startsWith("b"));
  expect(found.length - added.length).toBe(200);
  expect(added.length).toBeLessThanOrEqual(written);
  expect(added).toEqual(added.map((_, index) => `b${String(index).padStart(6, "0")}`));
});

test("nobody else may read a backup", async () => {
  await runZekt(["backup", target, "--data", data]);
  expect(statSync(target).mode & 0o777).toBe(0o700);
  for (const name of readdirSync(target)) expect(statSync(join(target, name)).mode & 0o777, name).toBe(0o600);
});

/** Only root may give a file to another user. */
const isRoot = process.getuid?.() === 0;

test.runIf(isRoot)(
  "what root restores belongs to the folder's owner, whose server has to write it",
  async () => {
    await put("before");
    await runZekt(["backup", target, "--data", data]);
    await stop();
    const [uid, gid] = [12345, 23456];
    rmSync(join(data, "lock.db"));
    for (const name of [".", ...readdirSync(data)]) chownSync(join(data, name), uid, gid);
    expect(await runZekt(["restore", target, "--data", data, "--yes"])).toMatchObject({ code: 0 });
    const names = readdirSync(data);
    expect(names).toEqual(expect.arrayContaining(["app.json", "lock.db", "zekt.db"]));
    expect(names.filter((name) => name.startsWith("before-restore-"))).toHaveLength(1);
    const owners = names.map((name) => {
      const of = statSync(join(data, name));
      return [name, of.uid, of.gid];
    });
    expect(owners).toEqual(names.map((name) => [name, uid, gid]));
  },
);

test("a restore asks before it replaces data, and moves what was there aside", async () => {
  await put("old");
  await runZekt(["backup", target, "--data", data]);
  await put("new");
  await stop();
  const args = ["restore", target, "--data", data];
  expect(await runZekt(args)).toMatchObject({ code: 2 });
  expect(await runZekt(args, { answer: "n" })).toMatchObject({
    code: 1,
    err: "zekt: Nothing was restored.\n",
  });
  expect(await itemsIn(data)).toEqual(["new", "old"]);
  const { code, out, asked } = await runZekt([...args, "--json"], { answer: "y" });
  expect(code).toBe(0);
  expect(asked[0]).toContain("and move what is there to before-restore-");
  expect(await itemsIn(data)).toEqual(["old"]);
  expect(await itemsIn(JSON.parse(out).movedTo)).toEqual(["new", "old"]);
});

test("a restore keeps the last writes of a server that was killed, in one file with the others", async () => {
  await put("old");
  await runZekt(["backup", target, "--data", data]);
  await put("new");
  const killed = join(base, "killed");
  mkdirSync(killed);
  const left = ["zekt.db", "zekt.db-wal", "zekt.db-shm", "app.json"];
  for (const name of left) copyFileSync(join(data, name), join(killed, name));
  const { out } = await runZekt(["restore", target, "--data", killed, "--yes", "--json"]);
  const { movedTo } = JSON.parse(out) as { movedTo: string };
  expect(readdirSync(movedTo).sort()).toEqual(["app.json", "zekt.db"]);
  expect(await itemsIn(movedTo)).toEqual(["new", "old"]);
  expect(await itemsIn(killed)).toEqual(["old"]);
});

test("a restore over a file that is no database moves it aside as it is", async () => {
  await put("old");
  await runZekt(["backup", target, "--data", data]);
  const damaged = join(base, "damaged");
  mkdirSync(damaged);
  const text = "no database".repeat(1000);
  writeFileSync(join(damaged, "zekt.db"), text);
  const { code, out } = await runZekt(["restore", target, "--data", damaged, "--yes", "--json"]);
  expect(code).toBe(0);
  expect(readFileSync(join((JSON.parse(out) as { movedTo: string }).movedTo, "zekt.db"), "utf8")).toBe(text);
  expect(await itemsIn(damaged)).toEqual(["old"]);
});

test("a restore into a folder that a server works on is refused, and names its process", async () => {
  await runZekt(["backup", target, "--data", data]);
  const { code, err } = await runZekt(["restore", target, "--data", data, "--yes"]);
  expect(code).toBe(1);
  expect(err).toContain(`in use by the process with the id ${process.pid}`);
});

test("a restore beside a damaged lock says to remove that", async () => {
  await runZekt(["backup", target, "--data", data]);
  await stop();
  writeFileSync(join(data, "lock.db"), "no database at all".repeat(100));
  const { code, err } = await runZekt(["restore", target, "--data", data, "--yes"]);
  expect(code).toBe(1);
  expect(err).toMatch(/lock\.db is damaged .*: remove it while no Zekt works there, and try again\./);
});

test("a backup that lost a byte is refused, and changes nothing", async () => {
  await put("old");
  await runZekt(["backup", target, "--data", data]);
  await stop();
  const bytes = readFileSync(join(target, "zekt.db"));
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  writeFileSync(join(target, "zekt.db"), bytes);
  const { code, err } = await runZekt(["restore", target, "--data", data, "--yes"]);
  expect(code).toBe(1);
  expect(err).toContain("is not the file that was backed up");
  expect(await itemsIn(data)).toEqual(["old"]);
  rmSync(join(target, "backup.json"));
  expect((await runZekt(["restore", target, "--data", data, "--yes"])).err).toContain(
    "holds no whole backup",
  );
});

test("a backup to a folder that exists, or of one that holds no data, is refused", async () => {
  expect((await runZekt(["backup", base, "--data", data])).err).toContain("exists already");
  const none = await runZekt(["backup", target, "--data", join(base, "nothing")]);
  expect(none).toMatchObject({ code: 1 });
  expect(none.err).toContain("name the data folder by --data");
  expect(existsSync(target)).toBe(false);
});

test("the new folder may be named with a slash at its end", async () => {
  const { code, err } = await runZekt(["backup", `${target}/`, "--data", data]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(readdirSync(base).sort()).toEqual(["backup", "data"]);
  expect(readdirSync(target).sort()).toEqual(["app.json", "backup.json", "zekt.db"]);
});

// Linux's folder of terminals refuses as Windows does any that it protects: EPERM, not EACCES.
test.runIf(existsSync("/dev/pts"))("a folder that the system protects is refused in a sentence", async () => {
  const { code, err } = await runZekt(["backup", "/dev/pts/zekt", "--data", data]);
  expect(code).toBe(1);
  expect(err).toMatch(/^zekt: It failed: EPERM: operation not permitted, mkdir '\S+'\.\n$/);
});

test("the data folder is the one that the server's settings name", async () => {
  const files = { ".env": `ZEKT_DATA_DIR=${data}\n` };
  expect(await runZekt(["backup", target], { files })).toMatchObject({ code: 0 });
  const { err } = await runZekt(["backup", `${target}-blank`], { env: { ZEKT_DATA_DIR: " " } });
  expect(err).toContain("zekt: .zekt holds no zekt.db");
  const env = { ZEKT_DATA_DIR: data };
  expect(await runZekt(["backup", `${target}-2`], { env })).toMatchObject({ code: 0 });
});

test("a folder of a version with fewer tables and columns is upgraded in place, and goes back by its backup", async () => {
  await put("old");
  const delivery = { pk: "delivery-1", sk: "delivery", correlationId: "7", consumerRepositoryId: "1" };
  await storage?.table("deliveries", systemClock).put(delivery);
  await stop();
  const older = new DatabaseSync(join(data, "zekt.db"));
  older.exec(
    'DROP TABLE jobs; DROP INDEX "deliveries byCorrelation"; ALTER TABLE deliveries DROP COLUMN correlationId',
  );
  older.close();
  expect(await runZekt(["backup", target, "--data", data])).toMatchObject({ code: 0 });
  storage = openSqlite({ folder: data });
  const of = { index: "byCorrelation", hash: ["correlationId", "7"], range: "consumerRepositoryId" } as const;
  expect(await storage.table("deliveries", systemClock).all<object>(of)).toHaveLength(1);
  await storage.table("jobs", systemClock).put({ pk: "owner#1", sk: "job" });
  await put("new");
  await stop();
  expect(await runZekt(["restore", target, "--data", data, "--yes"])).toMatchObject({ code: 0 });
  const restored = new DatabaseSync(join(data, "zekt.db"), { readOnly: true });
  expect(restored.prepare("SELECT name FROM sqlite_schema WHERE name = 'jobs'").get()).toBeUndefined();
  restored.close();
  expect(await itemsIn(data)).toEqual(["old"]);
});

test("a backup without the App's key says so", async () => {
  rmSync(join(data, "app.json"));
  const { err } = await runZekt(["backup", target, "--data", data]);
  expect(err).toContain("keep your settings too");
});

test("what SQLite says of a folder that cannot be backed up is a sentence", async () => {
  await stop();
  writeFileSync(join(data, "zekt.db"), "no database at all".repeat(100));
  const { code, err } = await runZekt(["backup", target, "--data", data]);
  expect({ code, err }).toEqual({ code: 1, err: "zekt: It failed: file is not a database.\n" });
  expect(existsSync(`${target}.unfinished`)).toBe(false);
});

test("a manifest that names no content of a file is no whole backup", async () => {
  await runZekt(["backup", target, "--data", data]);
  writeFileSync(join(target, "backup.json"), '{"files": {"zekt.db": null}}');
  const { code, err } = await runZekt(["restore", target, "--data", join(base, "new")]);
  expect(code).toBe(1);
  expect(err).toContain("holds no whole backup: its backup.json is missing or damaged.");
});
