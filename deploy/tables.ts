import { tableName, tables } from "../app/store/tables.ts";
import { TABLES, tableId } from "./names.ts";
import type { Resources } from "./resource.ts";

/** The tables of `app/store/tables.json`, which outlive the deployment that made them. */
export const tableResources = (stage: string): Resources =>
  Object.fromEntries(
    TABLES.map((name) => [
      tableId(name),
      {
        Type: "AWS::DynamoDB::Table",
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
