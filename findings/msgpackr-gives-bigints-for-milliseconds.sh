#!/usr/bin/env bash
# msgpackr 2.1.4 with @msgpack/msgpack 3.1.3: milliseconds come as a BigInt, and undefined as an object.
#
# Guess written down first: what one library of MessagePack writes the other reads as the same value: whole numbers up
# to 2 ** 53 as numbers, dates as dates, and an undefined member as undefined or null.
#
# Behaviour: @msgpack/msgpack writes a whole number from 2 ** 32 on as an integer, as the format has it, and msgpackr
# gives a BigInt for each integer of 64 bits, however small. JSON and arithmetic with numbers then throw. msgpackr
# writes such a number as a double, so that by itself it never meets one. cbor-x reads what cbor2 writes in the same
# way. The other way, msgpackr writes undefined as an extension, and @msgpack/msgpack gives an object for it, which is
# true.
#
# Why it matters here: `Date.now()` is above 2 ** 32, and ids of GitHub's runs and deliveries are. A service that counts
# on its own tests with msgpackr at both ends fails with the first peer that has another. Set `int64AsType: "auto"`
# and `encodeUndefinedAsNil`, and in cbor-x `int64AsNumber`. Zekt sends JSON.
# Source: these options in the READMEs; msgpackr's says that other implementations write undefined as it does.
#
# Output seen on 2026-11-29:
#   msgpackr to msgpackr: number 1700000000123
#   @msgpack/msgpack to msgpackr: bigint 1700000000123
#   @msgpack/msgpack to msgpackr, "auto": number 1700000000123
#   msgpackr to @msgpack/msgpack: number 1700000000123
#   cbor2 to cbor-x: bigint 1700000000123
#   undefined, msgpackr to @msgpack/msgpack: ExtData
#   undefined, with encodeUndefinedAsNil: null
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error --no-optional \
  msgpackr@2.1.4 @msgpack/msgpack@3.1.3 cbor-x@1.6.9 cbor2@2.3.0
cat > run.mjs <<'JS'
import * as msgpack from "@msgpack/msgpack";
import { decode as decodeCbor } from "cbor-x";
import { encode as encodeCbor } from "cbor2";
import { pack, Packr, unpack } from "msgpackr";
const moment = { at: 1_700_000_000_123 };
const nothing = { note: undefined };
const plain = new Packr({ useRecords: false });
const nil = new Packr({ useRecords: false, encodeUndefinedAsNil: true });
const words = ({ at }) => `${typeof at} ${at}`;
const seen = `msgpackr to msgpackr: ${words(unpack(pack(moment)))}
@msgpack/msgpack to msgpackr: ${words(unpack(msgpack.encode(moment)))}
@msgpack/msgpack to msgpackr, "auto": ${words(new Packr({ useRecords: false, int64AsType: "auto" }).unpack(msgpack.encode(moment)))}
msgpackr to @msgpack/msgpack: ${words(msgpack.decode(plain.pack(moment)))}
cbor2 to cbor-x: ${words(decodeCbor(encodeCbor(moment)))}
undefined, msgpackr to @msgpack/msgpack: ${msgpack.decode(plain.pack(nothing)).note.constructor.name}
undefined, with encodeUndefinedAsNil: ${msgpack.decode(nil.pack(nothing)).note}`;
console.log(seen);
const expected = `msgpackr to msgpackr: number 1700000000123
@msgpack/msgpack to msgpackr: bigint 1700000000123
@msgpack/msgpack to msgpackr, "auto": number 1700000000123
msgpackr to @msgpack/msgpack: number 1700000000123
cbor2 to cbor-x: bigint 1700000000123
undefined, msgpackr to @msgpack/msgpack: ExtData
undefined, with encodeUndefinedAsNil: null`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
