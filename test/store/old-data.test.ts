import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DeleteTableCommand, DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, expect, test } from "vitest";
import { startEmbeddedAws, startEmbeddedThread } from "../../app/store/embedded.ts";
import { tables } from "../../app/store/tables.ts";

let folder: string;
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("data of a version that lacked an index is refused with what to do, rather than read as empty", async () => {
  folder = mkdtempSync(join(tmpdir(), "zekt-old-"));
  const earlier = await startEmbeddedAws({ dataDir: folder });
  const { dynamodb } = earlier.clients;
  const TableName = `${earlier.names.tablePrefix}-runs`;
  await dynamodb.send(new DeleteTableCommand({ TableName }));
  for (let gone = false; !gone; ) {
    // It is removed in a later turn of the event loop, which asking alone would never come to.
    await new Promise((turn) => setImmediate(turn));
    gone = await dynamodb.send(new DescribeTableCommand({ TableName })).then(
      () => false,
      () => true,
    );
  }
  const { GlobalSecondaryIndexes, AttributeDefinitions, TimeToLiveSpecification: _, ...table } = tables.runs;
  await dynamodb.send(
    new CreateTableCommand({
      ...table,
      TableName,
      AttributeDefinitions: AttributeDefinitions.filter(
        ({ AttributeName }) => !["repositoryId", "receivedAt"].includes(AttributeName),
      ),
      GlobalSecondaryIndexes: GlobalSecondaryIndexes.filter(({ IndexName }) => IndexName !== "byRepository"),
    } as never),
  );
  await earlier.close();
  await expect(startEmbeddedAws({ dataDir: folder })).rejects.toThrow(
    /earlier version.*byRepository.*Move the folder away/,
  );
});

test("data whose tables lie in the way of a version before is refused, rather than read as empty", async () => {
  folder = mkdtempSync(join(tmpdir(), "zekt-old-"));
  mkdirSync(join(folder, "dynamodb"));
  for (const start of [startEmbeddedThread(folder), startEmbeddedAws({ dataDir: folder })])
    await expect(start).rejects.toThrow(/earlier version.*not in dynamodb\.db.*Move the folder away/);
});
