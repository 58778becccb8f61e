import type { TableName } from "../app/store/tables.ts";
import { type Access, access, type FunctionName, type Prefix } from "./access.ts";
import { ARCHIVE } from "./archive.ts";
import { arn, queueId, sub, tableId } from "./names.ts";
import type { Resources } from "./resource.ts";

interface Statement {
  Effect: "Allow";
  Action: string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, string[]>>;
}

const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** CloudFormation's name of a function's role. */
export const roleId = (name: FunctionName): string => `${pascal(name)}Role`;

/** One role a function, with that function's access and no other's. */
export const roleResources = (stage: string): Resources =>
  Object.fromEntries(
    (Object.keys(access) as FunctionName[]).map((name) => [
      roleId(name),
      {
        Type: "AWS::IAM::Role",
        Properties: {
          AssumeRolePolicyDocument: {
            Version: "2012-10-17",
            Statement: [
              { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
            ],
          },
          Policies: [
            {
              PolicyName: "zekt",
              PolicyDocument: { Version: "2012-10-17", Statement: statementsOf(stage, name) },
            },
          ],
        },
      },
    ]),
  );

/** Returns the statements of a function's role, in IAM's form. */
export function statementsOf(stage: string, name: FunctionName): Statement[] {
  const given = access[name];
  return [
    ...Object.entries(given.tables).flatMap(([table, one]) => tableStatements(table as TableName, one)),
    ...archiveStatements(given.archive),
    ...queueStatements(given),
    {
      Effect: "Allow",
      Action: ["ssm:GetParameters"],
      Resource: given.parameters.map((parameter) =>
        sub(
          `arn:\${AWS::Partition}:ssm:\${AWS::Region}:\${AWS::AccountId}:parameter/zekt/${stage}/${parameter}`,
        ),
      ),
    },
    {
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [
        sub(
          `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/zekt-${stage}-${name}:*`,
        ),
      ],
    },
    // X-Ray knows no resources: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
    { Effect: "Allow", Action: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], Resource: "*" },
  ];
}

function tableStatements(
  table: TableName,
  { actions, indexes = [] }: NonNullable<Access["tables"][TableName]>,
): Statement[] {
  const statements: Statement[] = [
    {
      Effect: "Allow",
      Action: actions.flatMap((action) =>
        (action === "GetItem" ? [action, "BatchGetItem"] : [action]).map((one) => `dynamodb:${one}`),
      ),
      Resource: [arn(tableId(table))],
    },
  ];
  if (indexes.length > 0) {
    statements.push({
      Effect: "Allow",
      Action: ["dynamodb:Query"],
      Resource: indexes.map((index) => sub(`\${${tableId(table)}.Arn}/index/${index}`)),
    });
  }
  return statements;
}

function archiveStatements({ put, get, delete: remove, list }: Access["archive"]): Statement[] {
  const objects = (Action: string, prefixes: readonly Prefix[] = []): Statement[] =>
    prefixes.length === 0
      ? []
      : [
          {
            Effect: "Allow",
            Action: [Action],
            Resource: prefixes.map((prefix) => sub(`\${${ARCHIVE}.Arn}/${prefix}/*`)),
          },
        ];
  return [
    ...objects("s3:PutObject", put),
    ...objects("s3:GetObject", get),
    ...objects("s3:DeleteObject", remove),
    ...(list
      ? [
          {
            Effect: "Allow" as const,
            Action: ["s3:ListBucket"],
            Resource: [arn(ARCHIVE)],
            // By prefix alone. The archive looks there for an object of which it is told that access is denied.
            Condition: { StringLike: { "s3:prefix": list.map((prefix) => `${prefix}/*`) } },
          },
        ]
      : []),
  ];
}

function queueStatements({ sends, works }: Access): Statement[] {
  const statements: Statement[] = [];
  if (sends.length > 0) {
    statements.push({
      Effect: "Allow",
      Action: ["sqs:SendMessage"],
      Resource: sends.map((queue) => arn(queueId(queue))),
    });
  }
  if (works.length > 0) {
    statements.push({
      Effect: "Allow",
      // What Lambda does in the function's name: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
      Action: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
      Resource: works.map((queue) => arn(queueId(queue))),
    });
  }
  return statements;
}
