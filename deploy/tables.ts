import { type TableName, tableName, tables } from "../app/store/tables.ts";
import { TABLES, tableId } from "./names.ts";
import type { Resources } from "./resource.ts";

/** The tables with indexes. */
const INDEXED = TABLES.filter((name) => "GlobalSecondaryIndexes" in tables[name]);

/**
 * Returns the table with indexes that is to stand before this one is made. DynamoDB bounds how many are being created
 * at once, and CloudFormation would create them all together and fail.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
 */
const before = (name: TableName): TableName | undefined => INDEXED[INDEXED.indexOf(name) - 1];

const dependence = (name: TableName | undefined) => (name ? { DependsOn: [tableId(name)] } : {});

/** The tables of `app/store/tables.json`, which outlive the deployment that made them. */
export const tableResources = (stage: string): Resources =>
  Object.fromEntries(
    TABLES.map((name) => [
      tableId(name),
      {
        Type: "AWS::DynamoDB::Table",
        ...dependence(before(name)),
        // A first deployment that fails leaves nothing behind whose name would be in the way of the next.
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
        Properties: {
          ...tables[name],
          TableName: tableName(`zekt-${stage}`, name),
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: { SSEEnabled: true },
        },
      },
    ]),
  );
