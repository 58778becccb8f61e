#!/usr/bin/env bash
# parse-link-header 2.0.0 and @web3-storage/parse-link-header 3.1.0: `REL="next"` and `rel = "next"` are no links.
#
# Guess written down first: readers of the header Link agree, also where the name of a parameter is in capitals.
#
# Behaviour: both know "rel" in small letters, with the equals sign close to it. Otherwise there is no link, and nothing
# is said. Of two `rel` the last counts, and a comma or a semicolon in a title ends it. Of two links with one relation
# the last remains. http-link-header, which is as widely used, reads all of these as RFC 8288 has it.
#
# Why it matters here: a client of pages goes on for as long as there is a next one. With such a server, or a proxy that
# writes headers its own way, it takes the first page for all, and ends well. GitHub writes the one spelling that all
# know. Zekt follows GitHub's pages.
# Source: RFC 8288, section 3: names without regard to case, blanks beside "="; 3.3: of several `rel` the first.
#
# Output seen on 2026-11-29 (parse-link-header / @web3-storage/parse-link-header / http-link-header):
#   rel="next": next / next / next
#   REL="next": none / none / next
#   rel = "next": none / none / next
#   rel="next"; rel="prev": prev / prev / next
#   rel="next"; title="pages, all; here": pages, all / pages, all / pages, all; here
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  parse-link-header@2.0.0 @web3-storage/parse-link-header@3.1.0 http-link-header@1.1.4
cat > run.mjs <<'JS'
import { parseLinkHeader } from "@web3-storage/parse-link-header";
import LinkHeader from "http-link-header";
import parse from "parse-link-header";
const readers = [
  (text) => Object.values(parse(text) ?? {}),
  (text) => Object.values(parseLinkHeader(text) ?? {}),
  (text) => LinkHeader.parse(text).refs,
];
const relation = ([link]) => link?.rel ?? "none";
const title = ([link]) => link.title;
const line = (parameters, word) => {
  const words = readers.map((read) => word(read(`<https://api.example.test/runs?page=2>; ${parameters}`)));
  return `${parameters}: ${words.join(" / ")}`;
};
const seen = [
  line('rel="next"', relation),
  line('REL="next"', relation),
  line('rel = "next"', relation),
  line('rel="next"; rel="prev"', relation),
  line('rel="next"; title="pages, all; here"', title),
].join("\n");
console.log(seen);
const expected = `rel="next": next / next / next
REL="next": none / none / next
rel = "next": none / none / next
rel="next"; rel="prev": prev / prev / next
rel="next"; title="pages, all; here": pages, all / pages, all / pages, all; here`;
process.exit(seen === expected ? 0 : 1);
JS
node run.mjs
