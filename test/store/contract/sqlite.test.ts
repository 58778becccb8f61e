import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { systemClock } from "../../../app/domain/clock.ts";
import { queues } from "../../../app/store/queues.ts";
import type { DeadLetter } from "../../../app/store/sqlite/queue.ts";
import { openSqlite } from "../../../app/store/sqlite/storage.ts";
import { KILLED_WRITES } from "./killed-writes.ts";

const ROOT = new URL("../../../", import.meta.url);
const run = promisify(execFile);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-sqlite-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Begins a program of a process that opens a folder. */
const opening = (at: string): string => `
  import { writeSync } from "node:fs";
  import { StatementSync } from "node:sqlite";
  import { openSqlite } from ${JSON.stringify(new URL("app/store/sqlite/storage.ts", ROOT).href)};
  const storage = openSqlite({ folder: ${JSON.stringify(at)} });
  const table = storage.table("deliveries", { now: () => Date.now() });
  const queue = storage.queue("delivery");
  const say = (line) => writeSync(1, line + "\\n");
`;
const argumentsOf = (program: string): string[] => ["--input-type=module", "-e", program];

/** Writes one thing of each kind after the other, says what is stored, and is killed at the write of this number. */
const killedAt = (at: string, write: number): string => `${opening(at)}
  let writes = 0;
  const { run } = StatementSync.prototype;
  StatementSync.prototype.run = function (...values) {
    if (++writes === ${write}) process.kill(process.pid, "SIGKILL");
    return run.apply(this, values);
  };
  const key = (sk) => ({ pk: "delivery", sk });
  const item = (sk) => ({ ...key(sk), providerRepositoryId: "1", createdAt: sk });
  ${KILLED_WRITES}
  await queue.remove(await queue.receive(1));
  say("remove");
  await storage.archive.put("a", "text");
  say("archive");
  await storage.archive.removeAll(["a"]);
  say("removeAll");
  await storage.close();
`;

async function findings(at: string) {
  const storage = openSqlite({ folder: at });
  const table = storage.table("deliveries", systemClock);
  const index = { index: "byProvider", hash: ["providerRepositoryId", "1"], range: "createdAt" } as const;
  const items = await table.all<{ n?: number; state?: string; providerRepositoryId?: string }>({
    hash: ["pk", "delivery"],
  });
  const found = {
    items: new Map(items.map((item) => [item.sk, item])),
    placed: (await table.all<object>(index)).map(({ sk }) => sk),
    queue: (await storage.queue("delivery").receive(10)).map(({ body }) => body),
    archived: (await storage.archive.get("a"))?.text,
  };
  await storage.close();
  return found;
}

test("a kill at any write loses nothing that was answered, and leaves nothing half written", async () => {
  let finished = false;
  for (let write = 1; !finished; write++) {
    const at = join(folder, String(write));
    const { stdout } = await run(process.execPath, argumentsOf(killedAt(at, write)), { cwd: ROOT }).then(
      (ended) => {
        finished = true;
        return ended;
      },
      (killed: { stdout: string; signal: string; stderr: string }) => {
        expect([killed.signal, killed.stderr]).toEqual(["SIGKILL", ""]);
        return killed;
      },
    );
    const said = new Set(stdout.split("\n"));
    const { items, placed, queue, archived } = await findings(at);
    const where = `killed at write ${write}, after: ${stdout}`;
    if (said.has("put")) expect(items.has("a"), where).toBe(true);
    if (said.has("many")) {
      expect(items.get("a")?.state, where).toBe("moved");
      expect(items.has("c"), where).toBe(true);
    }
    const isPlaced = [...items.values()].filter((item) => item.providerRepositoryId === "1");
    expect(placed.sort(), where).toEqual(isPlaced.map(({ sk }) => sk).sort());
    const sum = ["sum 1", "sum 2"].filter((line) => said.has(line)).length;
    const counted = items.get("count")?.n ?? 0;
    expect(counted === sum || counted === sum + 1, where).toBe(true);
    if (said.has("delete")) expect(items.has("b"), where).toBe(false);
    if (said.has("send")) expect(queue, where).toContain("2");
    // Of one enqueueing all are there or none.
    if (!said.has("send")) expect([0, 2], where).toContain(queue.length);
    if (said.has("remove")) expect(queue, where).toEqual(["2"]);
    if (said.has("archive") && !said.has("removeAll")) expect(["text", undefined], where).toContain(archived);
    if (said.has("removeAll")) expect(archived, where).toBeUndefined();
    expect(write).toBeLessThan(100);
  }
}, 60_000);

test("a second process on the same folder is refused at its start, with the pid of the first", async () => {
  const first = spawn(
    process.execPath,
    argumentsOf(`${opening(folder)} say("open"); setInterval(() => {}, 1000);`),
    { cwd: ROOT },
  );
  try {
    await once(first.stdout, "data");
    expect(() => openSqlite({ folder })).toThrow(
      new RegExp(`in use by the process with the id ${first.pid}\\. Stop that one first`),
    );
    const second = spawn(process.execPath, argumentsOf(opening(folder)), { cwd: ROOT });
    const [said, [status]] = await Promise.all([text(second.stderr), once(second, "exit")]);
    expect(status).toBe(1);
    expect(said).toContain(`in use by the process with the id ${first.pid}`);
  } finally {
    first.kill("SIGKILL");
    await once(first, "exit");
  }
  // A lock that outlives a kill would keep everybody out.
  await openSqlite({ folder }).close();
});

test("a folder that is opened twice in one process is refused the second time, and free once closed", async () => {
  const first = openSqlite({ folder });
  expect(() => openSqlite({ folder })).toThrow(`in use by the process with the id ${process.pid}`);
  await first.close();
  await openSqlite({ folder }).close();
});

test("a folder that is opened again has everything, what was being worked included", async () => {
  const first = openSqlite({ folder });
  const item = { pk: "delivery", sk: "a", providerRepositoryId: "1", createdAt: "2026" };
  await first.table("deliveries", systemClock).put(item);
  await first.archive.put("key", "text");
  await first.queue("routing").send([
    { body: "worked", group: "a" },
    { body: "later", group: "a", delaySeconds: 900 },
  ]);
  await first.queue("routing").receive(10);
  await first.close();
  const second = openSqlite({ folder });
  expect(await second.table("deliveries", systemClock).get(item)).toEqual(item);
  expect((await second.archive.get("key"))?.text).toBe("text");
  expect(await second.queue("routing").count()).toEqual({ ready: 1, delayed: 1, working: 0 });
  await second.close();
});

test("a message that ends its process each time is given so often, and is then among the dead letters", async () => {
  const letters: DeadLetter[] = [];
  const open = () => openSqlite({ folder, onDeadLetter: (letter) => letters.push(letter) });
  const first = open();
  await first.queue("delivery").send([{ body: "deadly", group: "g" }]);
  await first.close();
  const given: number[] = [];
  for (let start = 0; start <= queues.delivery.maxReceiveCount; start++) {
    const storage = open();
    given.push((await storage.queue("delivery").receive(1)).length);
    await storage.close();
  }
  expect(given).toEqual([...Array(queues.delivery.maxReceiveCount).fill(1), 0]);
  expect(letters).toEqual([{ queue: "delivery", body: "deadly", count: 1 }]);
});

test("without a folder everything is in memory, and each time another", async () => {
  const [one, other] = [openSqlite(), openSqlite()];
  await one.table("guards", systemClock).put({ pk: "a", sk: "a" });
  expect(await other.table("guards", systemClock).get({ pk: "a", sk: "a" })).toBeNull();
  await Promise.all([one.close(), other.close()]);
});
