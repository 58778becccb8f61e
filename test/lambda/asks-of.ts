import type { IncomingMessage } from "node:http";
import type { StoreNames } from "../../app/store/aws/intake-storage.ts";
import type { Ask } from "./iam.ts";
import { ACCOUNT, REGION } from "./template-values.ts";

/** Returns the rights that a request asks AWS for, in IAM's form, with the names it would have once deployed. */
export type AsksOf = (incoming: Pick<IncomingMessage, "headers" | "method" | "url">, body: Buffer) => Ask[];

interface TableRequest {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
}

/**
 * Reads requests to the embedded services as a deployed function would make them. Variables name its tables, bucket
 * and queues.
 */
export function asksOf(embedded: StoreNames, variables: Record<string, string>): AsksOf {
  const queueNames = Object.entries(embedded.queueUrls).map(([queue, url]) => [
    last(url),
    last(variables[`ZEKT_QUEUE_${queue.toUpperCase()}`] ?? ""),
  ]);
  const deployedQueue = Object.fromEntries(queueNames) as Record<string, string>;
  return ({ headers, method = "", url = "" }, body) => {
    const target = String(headers["x-amz-target"] ?? "");
    const action = target.split(".")[1] ?? "";
    if (target === "") return archiveAsks(method, url, body, `arn:aws:s3:::${variables.ZEKT_BUCKET}`);
    const asked = JSON.parse(body.toString()) as TableRequest & { QueueUrl: string; Names: string[] };
    if (target.startsWith("DynamoDB")) {
      const tables = asked.RequestItems ? Object.keys(asked.RequestItems) : [asked.TableName ?? ""];
      const index = asked.IndexName ? `/index/${asked.IndexName}` : "";
      return tables.map((table) => ({
        action: `dynamodb:${action}`,
        resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${table.replace(embedded.tablePrefix, variables.ZEKT_TABLE_PREFIX ?? "")}${index}`,
      }));
    }
    if (target.startsWith("AmazonSQS")) {
      // Who may do a thing may do it ten at a time.
      const resource = `arn:aws:sqs:${REGION}:${ACCOUNT}:${deployedQueue[last(asked.QueueUrl)]}`;
      return [{ action: `sqs:${action.replace(/Batch$/, "")}`, resource }];
    }
    return asked.Names.map((name) => ({
      action: `ssm:${action}`,
      resource: `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter${name}`,
    }));
  };
}

const last = (url: string): string => url.split("/").pop() ?? "";

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html */
function archiveAsks(method: string, url: string, body: Buffer, bucket: string): Ask[] {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const key = decodeURIComponent(pathname).split("/").slice(2).join("/");
  if (method === "POST" && searchParams.has("delete")) {
    const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, one]) => one);
    return keys.map((one) => ({ action: "s3:DeleteObject", resource: `${bucket}/${one}` }));
  }
  if (method === "GET" && key === "") {
    const prefix = searchParams.get("prefix");
    return [
      { action: "s3:ListBucket", resource: bucket, context: prefix === null ? {} : { "s3:prefix": prefix } },
    ];
  }
  // A part of an upload, its beginning and its end ask for no more than the object that it makes.
  if (method === "POST" && (searchParams.has("uploads") || searchParams.has("uploadId")))
    return [{ action: "s3:PutObject", resource: `${bucket}/${key}` }];
  const verb = { GET: "Get", HEAD: "Get", PUT: "Put", DELETE: "Delete" }[method];
  return [{ action: `s3:${verb}Object`, resource: `${bucket}/${key}` }];
}
