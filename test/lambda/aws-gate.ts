import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { EmbeddedAws } from "../../app/store/embedded.ts";
import { type Access, access, type FunctionName } from "../../deploy/access.ts";
import { answerParameters, type Parameters } from "./parameter-store.ts";

/** AWS as one function sees it: it lets through what the function's role allows, and notes what was asked. */
export interface AwsGate {
  url: string;
  /** What was asked for and allowed, as `table accounts GetItem`. */
  used: Set<string>;
  /** What was asked for and is not allowed. */
  denied: Set<string>;
  /** Lets nothing through. */
  shut: boolean;
  close(): Promise<void>;
}

/** Everything that a role allows, in the words of {@link AwsGate}. */
export function allowedBy({ tables, archive, sends, parameters }: Access): Set<string> {
  const all: string[] = [];
  for (const [table, { actions, indexes = [] }] of Object.entries(tables)) {
    all.push(...actions.map((action) => `table ${table} ${action}`));
    all.push(...indexes.map((index) => `index ${table} ${index}`));
  }
  for (const [verb, prefixes] of Object.entries(archive)) {
    all.push(...(prefixes as string[]).map((prefix) => `archive ${verb} ${prefix}`));
  }
  all.push(...sends.map((queue) => `queue send ${queue}`));
  all.push(...parameters.map((name) => `parameter ${name}`));
  return new Set(all);
}

/** Opens the gate of a function in front of the embedded services; parameters are kept here. */
export async function openGate(
  name: FunctionName,
  aws: EmbeddedAws,
  parameters: Parameters,
): Promise<AwsGate> {
  const used = new Set<string>();
  const denied = new Set<string>();
  const allowed = allowedBy(access[name]);
  const gate: AwsGate = {
    url: "",
    used,
    denied,
    shut: false,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const asks = asksOf(incoming, body);
    const refused = asks.filter((ask) => !allowed.has(ask));
    if (gate.shut) {
      deny(outgoing, String(incoming.headers["x-amz-target"] ?? ""), asks);
      return;
    }
    for (const ask of asks) (allowed.has(ask) ? used : denied).add(ask);
    const target = String(incoming.headers["x-amz-target"] ?? "");
    if (refused.length > 0) deny(outgoing, target, refused);
    else if (target.startsWith("AmazonSSM.")) answerParameters(outgoing, body, parameters);
    else
      pass(
        target.startsWith("DynamoDB") ? aws.endpoints.dynamodb : aws.endpoints.sqs,
        incoming,
        body,
        outgoing,
      );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  gate.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return gate;
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What a request asks for. */
function asksOf(incoming: IncomingMessage, body: Buffer): string[] {
  const target = String(incoming.headers["x-amz-target"] ?? "");
  const action = target.split(".")[1] as string;
  if (target.startsWith("DynamoDB")) return tableAsks(action, JSON.parse(body.toString()));
  if (target.startsWith("AmazonSQS")) {
    const { QueueUrl } = JSON.parse(body.toString()) as { QueueUrl: string };
    const queue = QueueUrl.split("/")
      .pop()
      ?.replace(/^zekt-/, "");
    return [`queue ${action.startsWith("SendMessage") ? "send" : action} ${queue}`];
  }
  if (target.startsWith("AmazonSSM")) {
    const { Names } = JSON.parse(body.toString()) as { Names: string[] };
    return Names.map((name) => `parameter ${name.split("/").pop()}`);
  }
  return archiveAsks(incoming, body);
}

interface TableRequest {
  TableName?: string;
  IndexName?: string;
  RequestItems?: Record<string, unknown>;
}

function tableAsks(action: string, { TableName, IndexName, RequestItems }: TableRequest): string[] {
  const names = RequestItems ? Object.keys(RequestItems) : [TableName ?? ""];
  return names.map((name) => {
    const table = name.replace(/^zekt-/, "");
    return IndexName ? `index ${table} ${IndexName}` : `table ${table} ${action}`;
  });
}

function archiveAsks({ method, url = "" }: IncomingMessage, body: Buffer): string[] {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const key = decodeURIComponent(pathname).split("/").slice(2).join("/");
  const prefixOf = (path: string): string => path.split("/", 1)[0] as string;
  if (method === "POST" && searchParams.has("delete")) {
    const keys = [...body.toString().matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, one]) => one as string);
    return [...new Set(keys.map((one) => `archive delete ${prefixOf(one)}`))];
  }
  if (method === "GET" && key === "") return [`archive list ${prefixOf(searchParams.get("prefix") ?? "")}`];
  return [`archive ${method?.toLowerCase()} ${prefixOf(key)}`];
}

function deny(outgoing: ServerResponse, target: string, refused: readonly string[]): void {
  const message = `The role does not allow: ${refused.join(", ")}`;
  if (target === "") {
    outgoing.writeHead(403, { "content-type": "application/xml" });
    outgoing.end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`);
    return;
  }
  outgoing.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
  outgoing.end(JSON.stringify({ __type: "com.amazon.coral.service#AccessDeniedException", message }));
}

function pass(endpoint: string, incoming: IncomingMessage, body: Buffer, outgoing: ServerResponse): void {
  const { method, url, headers } = incoming;
  const onward = request(endpoint + url, { method, headers }, (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  onward.end(body);
}
