#!/usr/bin/env bash
# @middy/event-normalizer 6.4.5: each record of a DynamoDB stream has both images, and an absent one is an empty object.
#
# Guess written down first: keys and images that are there are unmarshalled. A record of an INSERT has no `OldImage`
# before, and none afterwards; a REMOVE has no `NewImage`.
#
# Behaviour: both are set on each record, to {} where DynamoDB sent none. So it is, too, for streams of keys alone. Sets
# and numbers are read right.
#
# Why it matters here: whether an image is there is how code without the event's name tells an insert from a change, and
# a removal from both. With this middleware each record is a change, from or to an item without a key. Ask for
# `eventName`, or for a key within the image. Zekt uses no streams of DynamoDB.
# Source of the rule: "NewImage" and "OldImage" of StreamRecord in the API reference of DynamoDB Streams.
#
# Output seen on 2026-11-29 (members of the record, before and after):
#   INSERT: Keys NewImage; Keys NewImage OldImage={}
#   REMOVE: Keys OldImage; Keys OldImage NewImage={}
#   MODIFY of keys alone: Keys; Keys NewImage={} OldImage={}
#   MODIFY: Keys NewImage OldImage; Keys NewImage OldImage
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @middy/core@7.9.2 @middy/event-normalizer@6.4.5
cat > run.mjs <<'JS'
import middy from "@middy/core";
import eventNormalizer from "@middy/event-normalizer";
const item = { id: { S: "1" } };
const handler = middy().use(eventNormalizer()).handler((event) => event.Records[0].dynamodb);
const members = (record) =>
  Object.entries(record)
    .map(([name, value]) => (Object.keys(value).length ? name : `${name}={}`))
    .join(" ");
const expected = [
  ["INSERT", { Keys: item, NewImage: item }, "Keys NewImage; Keys NewImage OldImage={}"],
  ["REMOVE", { Keys: item, OldImage: item }, "Keys OldImage; Keys OldImage NewImage={}"],
  ["MODIFY of keys alone", { Keys: item }, "Keys; Keys NewImage={} OldImage={}"],
  ["MODIFY", { Keys: item, NewImage: item, OldImage: item }, "Keys NewImage OldImage; Keys NewImage OldImage"],
];
let same = true;
for (const [name, dynamodb, known] of expected) {
  const before = members(dynamodb);
  const [eventName] = name.split(" ");
  const event = { Records: [{ eventSource: "aws:dynamodb", eventName, dynamodb }] };
  const seen = `${before}; ${members(await handler(event, { getRemainingTimeInMillis: () => 1000 }))}`;
  console.log(`${name}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
