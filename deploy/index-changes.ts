/** The part of a table's description that its indexes depend on, as a CloudFormation template has it. */
interface TableProperties {
  TableName?: unknown;
  KeySchema?: unknown;
  GlobalSecondaryIndexes?: { IndexName: string; KeySchema: unknown; Projection: unknown }[];
}

/** A CloudFormation template, as far as its tables are concerned. */
export interface TemplateOfTables {
  Resources: Record<string, { Type: string; Properties?: object }>;
}

const TABLE = "AWS::DynamoDB::Table";

function indexesOf(template: TemplateOfTables, id: string): Map<string, string> {
  const { GlobalSecondaryIndexes = [] } = (template.Resources[id]?.Properties ?? {}) as TableProperties;
  return new Map(
    GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => [
      IndexName,
      JSON.stringify([KeySchema, Projection]),
    ]),
  );
}

/**
 * Returns why one update cannot bring the tables of a deployed template to those of another. DynamoDB makes or
 * removes one index per table and update, and changes none.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-table.html
 */
export function indexComplaints(deployed: TemplateOfTables, next: TemplateOfTables): string[] {
  const tables = Object.keys(next.Resources).filter(
    (id) => next.Resources[id]?.Type === TABLE && deployed.Resources[id]?.Type === TABLE,
  );
  return tables.flatMap((id) => {
    const [before, after] = [indexesOf(deployed, id), indexesOf(next, id)];
    const made = [...after.keys()].filter((name) => !before.has(name));
    const removed = [...before.keys()].filter((name) => !after.has(name));
    const changed = [...after].filter(([name, of]) => before.has(name) && before.get(name) !== of);
    const several =
      made.length + removed.length > 1
        ? [
            `${id} gets ${[...made, ...removed].join(", ")} made or removed: one index per update. Deploy the versions between one after another.`,
          ]
        : [];
    return [
      ...several,
      ...changed.map(
        ([name]) => `${id} has its index ${name} changed, which none can be: give the new one another name.`,
      ),
    ];
  });
}
