import { createRequire } from "node:module";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { GetQueueAttributesCommand } from "@aws-sdk/client-sqs";
import { expect, test } from "vitest";
import { readIntakeConfig } from "../../app/lambda/intake-config.ts";
import { readPart } from "../../app/main/config.ts";
import { httpApiStage, readLimits } from "../../deploy/http-api-stage.ts";
import { indexComplaints, type TemplateOfTables } from "../../deploy/index-changes.ts";
import { QUEUES, queueId, TABLES, tableId } from "../../deploy/names.ts";
import { requirePublicUrl } from "../../deploy/public-url.ts";
import { resourcesOf } from "../../deploy/resources.ts";
import { requireStage } from "../../deploy/stage.ts";
import { startLocalAws } from "../../harness/local-aws.ts";

const resources = resourcesOf("test");
const sorted = (list: unknown): unknown[] =>
  [...((list ?? []) as object[])].map((one) => JSON.stringify(one)).sort();

test("the local AWS of tests has the tables and indexes that are deployed, and no others", async () => {
  const aws = await startLocalAws();
  try {
    for (const name of TABLES) {
      const TableName = `${aws.names.tablePrefix}-${name}`;
      const { Table } = await aws.clients.dynamodb.send(new DescribeTableCommand({ TableName }));
      const deployed = resources[tableId(name)]?.Properties as Record<string, unknown>;
      expect(deployed.TableName).toBe(`zekt-test-${name}`);
      expect(sorted(Table?.KeySchema)).toEqual(sorted(deployed.KeySchema));
      const described = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName, KeySchema, Projection }) => ({
        IndexName,
        KeySchema,
        Projection,
      }));
      expect(sorted(described)).toEqual(sorted(deployed.GlobalSecondaryIndexes));
    }
    const deployedTables = Object.values(resources).filter(({ Type }) => Type === "AWS::DynamoDB::Table");
    expect(deployedTables).toHaveLength(TABLES.length);
  } finally {
    await aws.close();
  }
});

test("tables with indexes are made one after another, as CloudFormation asks", () => {
  const indexed = TABLES.map(tableId).filter((id) => resources[id]?.Properties.GlobalSecondaryIndexes);
  expect(indexed.length).toBeGreaterThan(5);
  const waits = indexed.map((id) => [id, resources[id]?.DependsOn]);
  expect(waits).toEqual(indexed.map((id, place) => [id, place === 0 ? undefined : [indexed[place - 1]]]));
});

test("the queues of the local AWS of tests are those that are deployed, visibility and redrive included", async () => {
  const aws = await startLocalAws();
  try {
    for (const name of QUEUES) {
      const { Attributes } = await aws.clients.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: aws.names.queueUrls[name], AttributeNames: ["All"] }),
      );
      const deployed = resources[queueId(name)]?.Properties as Record<string, number> & {
        RedrivePolicy: { maxReceiveCount: number };
      };
      for (const attribute of [
        "VisibilityTimeout",
        "MessageRetentionPeriod",
        "ReceiveMessageWaitTimeSeconds",
      ]) {
        expect([attribute, (Attributes as Record<string, string>)[attribute]]).toEqual([
          attribute,
          String(deployed[attribute]),
        ]);
      }
      const redrive = JSON.parse(Attributes?.RedrivePolicy ?? "{}") as { maxReceiveCount: string };
      expect(Number(redrive.maxReceiveCount)).toBe(deployed.RedrivePolicy.maxReceiveCount);
    }
  } finally {
    await aws.close();
  }
});

test.each([
  ["all that is needed", { WEBHOOK_SECRET: "a secret of ours", ZEKT_MASTER_KEY: "k".repeat(32) }],
  [
    "everything",
    {
      WEBHOOK_SECRET: "a secret of ours",
      ZEKT_MASTER_KEY: "k".repeat(32),
      ZEKT_MASTER_KEY_VERSION: "3",
      ZEKT_MASTER_KEY_PREVIOUS: "p".repeat(32),
      GITHUB_API_URL: "https://github.example.com/api/v3/",
    },
  ],
  ["nothing", {}],
  [
    "a key before whose successor has no version of its own",
    {
      WEBHOOK_SECRET: "a secret of ours",
      ZEKT_MASTER_KEY: "k".repeat(32),
      ZEKT_MASTER_KEY_PREVIOUS: "p".repeat(32),
    },
  ],
  [
    "a key before that is the same",
    {
      WEBHOOK_SECRET: "a secret of ours",
      ZEKT_MASTER_KEY: "k".repeat(32),
      ZEKT_MASTER_KEY_VERSION: "2",
      ZEKT_MASTER_KEY_PREVIOUS: "k".repeat(32),
    },
  ],
  [
    "blanks",
    {
      WEBHOOK_SECRET: "a secret of ours",
      ZEKT_MASTER_KEY: "k".repeat(32),
      ZEKT_MASTER_KEY_VERSION: " ",
      ZEKT_MASTER_KEY_PREVIOUS: " ",
      GITHUB_API_URL: " ",
    },
  ],
  ["Probot's own secret", { WEBHOOK_SECRET: "development", ZEKT_MASTER_KEY: "k".repeat(32) }],
  ["a short key", { WEBHOOK_SECRET: "a secret of ours", ZEKT_MASTER_KEY: "short" }],
  [
    "a version that is none",
    { WEBHOOK_SECRET: "a secret of ours", ZEKT_MASTER_KEY: "k".repeat(32), ZEKT_MASTER_KEY_VERSION: "0" },
  ],
  [
    "an address that is none",
    { WEBHOOK_SECRET: "a secret of ours", ZEKT_MASTER_KEY: "k".repeat(32), GITHUB_API_URL: "nowhere" },
  ],
])("the webhooks function reads its settings as the server does: %s", (_, env: Record<string, string>) => {
  const names = [
    "WEBHOOK_SECRET",
    "ZEKT_MASTER_KEY",
    "ZEKT_MASTER_KEY_VERSION",
    "ZEKT_MASTER_KEY_PREVIOUS",
    "GITHUB_API_URL",
  ] as const;
  const read = (of: () => unknown): unknown => {
    try {
      return of();
    } catch (error) {
      return [...(error as Error).message.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
    }
  };
  const unique = (value: unknown): unknown => (Array.isArray(value) ? [...new Set(value)].sort() : value);
  expect(unique(read(() => readIntakeConfig(env)))).toEqual(unique(read(() => readPart(env, names))));
});

test.each(["dev", "prod", "eu-prod", "a", "review-17", "x".repeat(20)])(
  "the stage %s can be deployed",
  (stage) => {
    expect(requireStage(stage)).toBe(stage);
    // The longest region there is, and the 63 characters that a bucket's name may have.
    expect(`zekt-${stage}-archive-123456789012-ap-southeast-1`.length).toBeLessThanOrEqual(63);
  },
);

test.each(["Prod", "my_stage", "prod-", "-prod", "a--b", "1st", "", "größe", "x".repeat(21), "a.b"])(
  'the stage "%s" is refused with what a name may have: a bucket could not be named by it',
  (stage) => expect(() => requireStage(stage)).toThrow("small letters and digits"),
);

const resourcesFor = createRequire(import.meta.url)("../../deploy/resources.cjs") as (serverless: {
  resolveVariable(name: string): Promise<string>;
}) => Promise<object>;
const packaged = (stage: string, publicUrl = "") =>
  resourcesFor({ resolveVariable: async (name) => (name === "sls:stage" ? stage : publicUrl) });

test("a stage that cannot be deployed is refused as soon as it is packaged", async () => {
  await expect(packaged("Prod")).rejects.toThrow('The stage "Prod" cannot be deployed');
  expect(Object.keys(await packaged("prod"))).toContain("ArchiveBucket");
});

test("a public address that is no origin is refused as soon as it is packaged", async () => {
  for (const wrong of ["https://example.com/zekt", "zekt.example.com", "https://a:b@zekt.example.com"])
    expect(() => requirePublicUrl(wrong)).toThrow(
      `The parameter publicUrl is "${wrong}". It has to be an origin such as https://zekt.example.com`,
    );
  await expect(packaged("prod", "https://Zekt.example.com:443")).rejects.toThrow("https://zekt.example.com,");
  await packaged("prod", "https://zekt.example.com/");
});

test("limits that a deployment is given as texts are numbers, which nothing else makes of a route's settings", async () => {
  const given: Record<string, unknown> = {
    requestRate: "500",
    requestBurst: 400,
    webhookRate: "2000.5",
    webhookBurst: 1,
  };
  const { Properties } = httpApiStage(await readLimits(async (name) => given[name]));
  const webhooks = { DetailedMetricsEnabled: true, ThrottlingRateLimit: 2000.5, ThrottlingBurstLimit: 1 };
  expect(Properties).toEqual({
    DefaultRouteSettings: {
      DetailedMetricsEnabled: true,
      ThrottlingRateLimit: 500,
      ThrottlingBurstLimit: 400,
    },
    RouteSettings: {
      "POST /github/webhooks": webhooks,
      "POST /github/webhooks/repositories/{repositoryId}": webhooks,
    },
  });
  for (const wrong of ["many", "0", "-1", "Infinity", "", undefined])
    await expect(readLimits(async (name) => (name === "webhookRate" ? wrong : 1))).rejects.toThrow(
      "The parameter webhookRate has to be a number above 0",
    );
  for (const wrong of ["0.5", "1.5", "0", ""])
    await expect(readLimits(async (name) => (name === "webhookBurst" ? wrong : 1))).rejects.toThrow(
      "The parameter webhookBurst has to be a whole number from 1",
    );
});

/** A template with a table of these indexes, each with its key. */
const templateWith = (indexes: Record<string, string>): TemplateOfTables => ({
  Resources: {
    RunsTable: {
      Type: "AWS::DynamoDB::Table",
      Properties: {
        GlobalSecondaryIndexes: Object.entries(indexes).map(([IndexName, key]) => ({
          IndexName,
          KeySchema: [{ AttributeName: key, KeyType: "HASH" }],
          Projection: { ProjectionType: "ALL" },
        })),
      },
    },
  },
});

test.each([
  ["nothing", { due: "a" }, { due: "a" }],
  ["one index made", { due: "a" }, { due: "a", byRepository: "b" }],
  ["one index removed", { due: "a", byRepository: "b" }, { due: "a" }],
])("%s leads from the deployed tables to the next in one update", (_, before, after) => {
  expect(indexComplaints(templateWith(before), templateWith(after))).toEqual([]);
});

test.each([
  ["two made", { due: "a" }, { due: "a", byRepository: "b", byRun: "c" }],
  ["one made and one removed", { due: "a" }, { byRepository: "b" }],
])("two changes of one table's indexes need two updates: %s", (_, before, after) => {
  expect(indexComplaints(templateWith(before), templateWith(after))).toEqual([
    expect.stringMatching(/^RunsTable gets .* one index per update/),
  ]);
});

test("an index that keeps its name and changes its key is refused", () => {
  expect(indexComplaints(templateWith({ due: "a" }), templateWith({ due: "b" }))).toEqual([
    expect.stringContaining("give the new one another name"),
  ]);
});

test("a table that is new may have any number of indexes", () => {
  expect(indexComplaints({ Resources: {} }, { Resources: resources })).toEqual([]);
});
