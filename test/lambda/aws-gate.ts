import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { LocalAws } from "../../harness/local-aws.ts";
import { asksOf } from "./asks-of.ts";
import type { Chains } from "./chains.ts";
import { type Ask, allows } from "./iam.ts";
import type { LaggingIndexes } from "./lagging-indexes.ts";
import type { parameterStore } from "./parameter-store.ts";
import type { Given } from "./role-of.ts";

/** AWS as one function sees it: it lets through what the function's role allows, and notes what was asked. */
export interface AwsGate {
  url: string;
  given: Given;
  /** The requests that were allowed. */
  used: Ask[];
  /** The requests that were denied, as `dynamodb:GetItem arn:…`. */
  denied: Set<string>;
  /** Refuses everything. */
  shut: boolean;
  /** Holds what is asked of tables back until it is over; null lets it through at once. */
  held: Promise<void> | null;
  close(): Promise<void>;
}

/** The token of a role's session. */
export const SESSION_TOKEN = "the-session";

/** Returns whether a request is signed with a role's key, and lacks the token without which such a key is good for nothing. */
function lacksSession({ headers, url = "/" }: IncomingMessage): boolean {
  const { searchParams } = new URL(url, "http://aws");
  const credential = headers.authorization ?? `Credential=${searchParams.get("X-Amz-Credential")}`;
  const token = headers["x-amz-security-token"] ?? searchParams.get("X-Amz-Security-Token");
  return credential.includes("Credential=ASIA") && token !== SESSION_TOKEN;
}

const wordsOf = ({ action, resource, context }: Ask): string =>
  [action, resource, ...Object.entries(context ?? {}).map((one) => one.join("="))].join(" ");

/** Opens the gate of a function in front of the embedded services and the account's one Parameter Store. */
export async function openGate(
  given: Given,
  aws: LocalAws,
  answerParameters: ReturnType<typeof parameterStore>,
  chains: Chains,
  indexes: LaggingIndexes,
): Promise<AwsGate> {
  const used = new Map<string, Ask>();
  const denied = new Set<string>();
  const asks = asksOf(aws.names, given.variables);
  const gate: AwsGate = {
    url: "",
    given,
    get used() {
      return [...used.values()];
    },
    denied,
    shut: false,
    held: null,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const asked = asks(incoming, body);
    const target = String(incoming.headers["x-amz-target"] ?? "");
    if (target.startsWith("DynamoDB")) await gate.held;
    const isRefused = (ask: Ask): boolean => lacksSession(incoming) || !allows(given.statements, ask);
    const refused = gate.shut ? asked : asked.filter(isRefused);
    for (const ask of gate.shut ? [] : asked) {
      if (refused.includes(ask)) denied.add(wordsOf(ask));
      else used.set(wordsOf(ask), ask);
    }
    if (refused.length === 0) indexes.record(target, body);
    if (refused.length > 0) deny(outgoing, target, refused.map(wordsOf));
    else if (target.startsWith("AmazonSSM.")) answerParameters(outgoing, body);
    else if (target.endsWith(".Query"))
      await query(aws.endpoints.dynamodb, incoming, body, outgoing, (answer) =>
        indexes.answer(target, body, answer),
      );
    else if (target.startsWith("AmazonSQS.SendMessage"))
      await sendMessages(aws.endpoints.sqs, incoming, body, outgoing, chains);
    else
      pass(
        target.startsWith("DynamoDB") ? aws.endpoints.dynamodb : aws.endpoints.sqs,
        incoming,
        body,
        outgoing,
        hidesAbsence(given, asked),
      );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  gate.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return gate;
}

/**
 * Returns whether S3 answers as if access were denied where there is no such object. It does, unless the caller may
 * list the bucket without naming a prefix.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html#API_GetObject_RequestSyntax
 */
function hidesAbsence({ statements }: Given, [ask]: readonly Ask[]): boolean {
  if (ask?.action !== "s3:GetObject") return false;
  const bucket = ask.resource.split("/", 1)[0] as string;
  return !allows(statements, { action: "s3:ListBucket", resource: bucket });
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
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

function pass(
  endpoint: string,
  incoming: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  deniesAbsent: boolean,
): void {
  const { method, url, headers } = incoming;
  const onward = request(endpoint + url, { method, headers }, (answer) => {
    if (answer.statusCode === 404 && deniesAbsent) {
      answer.resume();
      deny(outgoing, "", ["to list the bucket"]);
      return;
    }
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  outgoing.on("close", () => onward.destroy());
  onward.end(body);
}

/** Passes a query on, and its answer as `told` makes it. */
async function query(
  endpoint: string,
  { headers, url }: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  told: (answer: Buffer) => Buffer,
): Promise<void> {
  const { "content-length": _, connection: __, host: ___, ...sent } = headers;
  const answer = await fetch(endpoint + url, {
    method: "POST",
    headers: sent as Record<string, string>,
    body: new Uint8Array(body),
  });
  const text = Buffer.from(await answer.arrayBuffer());
  outgoing.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
  outgoing.end(answer.ok ? told(text) : text);
}

/** Passes messages on to their queue, and records the chain that they belong to. */
async function sendMessages(
  endpoint: string,
  { headers, url }: IncomingMessage,
  body: Buffer,
  outgoing: ServerResponse,
  chains: Chains,
): Promise<void> {
  const sent = ["x-amz-target", "content-type"].map((name) => [name, String(headers[name])]);
  const answer = await fetch(endpoint + url, {
    method: "POST",
    headers: Object.fromEntries(sent) as Record<string, string>,
    body: new Uint8Array(chains.withoutDelays(body)),
  });
  const text = Buffer.from(await answer.arrayBuffer());
  if (answer.ok) chains.record(headers, body, text);
  outgoing.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "" });
  outgoing.end(text);
}
