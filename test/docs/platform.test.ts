import { expect, test } from "vitest";
import { PRICES_AS_OF } from "../../bench/support/prices.ts";
import { readDocument } from "./documents.ts";

/* What GitHub, Node and AWS have changed, where readers need to know it. */

test.each<[string, string, RegExp]>([
  [
    "pull_request_target is blocked by default in public repositories",
    "docs/provider-guide.md",
    /From 2 December 2026 on, GitHub by default blocks `pull_request_target` in public repositories: .*`startup_failure`/,
  ],
  [
    "a plain concurrency group cancels deliveries that wait, and queue: max does not",
    "docs/consumer-guide.md",
    /In a plain group one run waits, and GitHub cancels it when another comes\..*With `queue: max` up to 100 runs wait/,
  ],
  [
    "actions are pinned by a full commit SHA, and a lock file has to hold them",
    "docs/consumer-guide.md",
    /@<sha> # v\d+\.\d+\.\d+`.*`\.github\/workflows\/actions\.lock`.*`gh actions-lock`/,
  ],
  [
    "self-hosted runners have to be 2.328 or newer",
    "docs/consumer-guide.md",
    /A self-hosted runner must be version 2\.328 or newer: .*ignores `HTTPS_PROXY`/,
  ],
  [
    "an image of a job's container needs glibc 2.28 for the runner's Node 24",
    "docs/consumer-guide.md",
    /Its image needs glibc 2\.28 or newer for the runner's Node 24/,
  ],
  [
    "an Actions policy starts no job of a run, and what its owner adds",
    "docs/troubleshooting.md",
    /\*is not allowed to trigger Actions workflows\* \| an Actions policy .*adds this Zekt's App as an actor and `repository_dispatch` as an event/,
  ],
  [
    "prices have the month in which they were looked up",
    "docs/operations.md",
    new RegExp(`Prices are those of us-east-1 in ${PRICES_AS_OF} `),
  ],
])("readers are told: %s", (_, file, sentence) => {
  expect(readDocument(file).prose).toMatch(sentence);
});
