import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { access, type FunctionName } from "../../deploy/access.ts";
import { resourcesOf } from "../../deploy/resources.ts";
import { statementsOf } from "../../deploy/roles.ts";

/* What a read costs must not grow with what is stored, so nothing reads a table from end to end. */

/** The ways to scan with the SDK: its commands and paginators, its client's own methods, or a PartiQL statement. */
const SCANNING = /\bScan(?:Command\w*)?\b|\bpaginateScan\b|\.scan\(|ExecuteStatement|ExecuteTransaction/;

test.each([
  "import { ScanCommand } from '@aws-sdk/lib-dynamodb';",
  "for await (const page of paginateScan(config, input)) {}",
  "await client.scan({ TableName });",
  "await client.send(new BatchExecuteStatementCommand(input));",
])("a scan is known for one where it is written: %s", (source) => {
  expect(source).toMatch(SCANNING);
});

test("nothing that is served or scheduled scans a table", () => {
  const files = globSync("app/**/*.ts").filter((file) => !file.startsWith("app/console/"));
  expect(files).toContain("app/store/aws/table.ts");
  expect(files.filter((file) => SCANNING.test(readFileSync(file, "utf8")))).toEqual([]);
});

/** The actions that read and write by key, or read one partition. */
const BY_KEY = ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "Query"];

test.each(Object.keys(access) as FunctionName[])("the role of %s may not scan a table", (name) => {
  const actions = statementsOf("test", name).flatMap(({ Action }) => Action);
  const onTables = actions.filter((action) => action.startsWith("dynamodb:"));
  expect(onTables.length).toBeGreaterThan(0);
  expect(onTables.filter((action) => !BY_KEY.includes(action.slice("dynamodb:".length)))).toEqual([]);
  expect(actions.filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action))).toEqual([]);
});

test("nothing that is deployed allows a scan besides", () => {
  const deployed = [JSON.stringify(resourcesOf("test")), readFileSync("serverless.yml", "utf8")];
  for (const text of deployed) expect(text).not.toMatch(/dynamodb:(?:Scan|PartiQL|\*)|"Action":"\*"/);
});
