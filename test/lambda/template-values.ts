import type { Template } from "./package.ts";

/** Where the tests' stage is taken to be deployed. */
export const REGION = "us-east-1";
export const ACCOUNT = "123456789012";

const PSEUDO: Record<string, string> = {
  "AWS::Partition": "aws",
  "AWS::Region": REGION,
  "AWS::AccountId": ACCOUNT,
};

/** Builds the ARN of each kind of resource as AWS does; `Ref` yields another value. */
const ARNS: Record<string, (properties: Record<string, unknown>) => string> = {
  "AWS::DynamoDB::Table": ({ TableName }) => `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TableName}`,
  "AWS::S3::Bucket": ({ BucketName }) => `arn:aws:s3:::${BucketName}`,
  "AWS::SQS::Queue": ({ QueueName }) => `arn:aws:sqs:${REGION}:${ACCOUNT}:${QueueName}`,
};
const REFS: typeof ARNS = {
  "AWS::S3::Bucket": ({ BucketName }) => String(BucketName),
  "AWS::SQS::Queue": ({ QueueName }) => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${QueueName}`,
};

/** A value of a template as it is once it is deployed; what is not known here stays as it is written. */
export function deployed(value: unknown, template: Template): unknown {
  if (Array.isArray(value)) return value.map((one) => deployed(one, template));
  if (typeof value !== "object" || value === null) return value;
  const of = (kinds: typeof ARNS, id: string): unknown => {
    const { Type = "", Properties = {} } = template.Resources[id] ?? {};
    return kinds[Type]?.(deployed(Properties, template) as Record<string, unknown>) ?? value;
  };
  const { Ref, "Fn::GetAtt": getAtt, "Fn::Sub": sub } = value as Record<string, unknown>;
  if (typeof Ref === "string") return PSEUDO[Ref] ?? of(REFS, Ref);
  if (Array.isArray(getAtt) && getAtt[1] === "Arn") return of(ARNS, String(getAtt[0]));
  if (typeof sub === "string") {
    return sub.replaceAll(/\$\{([\w:]+?)(\.Arn)?\}/g, (_, id: string, arn?: string) =>
      String(deployed(arn ? { "Fn::GetAtt": [id, "Arn"] } : { Ref: id }, template)),
    );
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, deployed(one, template)]));
}
