import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const EMBEDDED = new URL("../../app/store/embedded.ts", import.meta.url).href;

/** Writes one item while the disk is full; whoever catches that adds to it what no log may hold. */
const program = (folder: string): string => `
  import { StatementSync } from "node:sqlite";
  import { PutItemCommand } from "@aws-sdk/client-dynamodb";
  import { startEmbeddedAws } from ${JSON.stringify(EMBEDDED)};
  const aws = await startEmbeddedAws({ dataDir: ${JSON.stringify(folder)} });
  StatementSync.prototype.run = () => { throw new Error("database or disk is full"); };
  const Item = { pk: { S: "key" }, sk: { S: "key" } };
  await aws.clients.dynamodb.send(new PutItemCommand({ TableName: "zekt-guards", Item })).catch((error) => {
    error.event = { payload: "a message" };
    console.log("refused: " + error.name);
  });
  setTimeout(() => console.log("went on"), 1000);
`;

test("a full disk ends the process, says what to do, and tells nothing of what was to be stored", () => {
  const folder = mkdtempSync(join(tmpdir(), "full-disk-"));
  try {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ["--input-type=module", "-e", program(folder)],
      { cwd: new URL("../..", import.meta.url), encoding: "utf8" },
    );
    expect(status).not.toBe(0);
    expect(stdout).toBe("refused: DiskFailed\n");
    expect(stderr).toContain(
      "The data folder cannot be written to (database or disk is full). See to its disk and start Zekt again",
    );
    expect(stderr).not.toContain("a message");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
