import { createHash } from "node:crypto";
import { DURABLE_EVENTS } from "./workflows.ts";

/** One expected dispatch, as GitHub accepted it, with the lines that its runs printed. */
export interface ExpectedDispatch {
  repository: string;
  eventType: string;
  sourceRepo: string;
  /** The message, or null for an event alone, or that it travelled by reference. */
  message: unknown;
  conclusion: string;
  runAttempt: number;
  messageAttempt: number | null;
  /** True when any field of `workflow_run` names the provider. */
  named: boolean;
  /** The lines that each of its runs printed, in any order. */
  printed: string[];
}

/** The faults of GitHub while a case plays. */
export interface Trouble {
  /** Answers so many dispatches to the consumer with an error, or takes them and loses the answer. */
  dispatches?: { status: number; count: number } | { answerLost: number };
  /** Ends the issuer of OIDC tokens with an enterprise's slug. */
  issuerSlug?: string;
  /** Revokes the tokens of the consumer's installation. */
  tokensRevoked?: boolean;
  /** The seconds that Zekt's clock is ahead of GitHub's. */
  clockAhead?: number;
}

/** An Actions policy at the consumer's that does not list the App, and the failure that Zekt is to tell. */
export interface Policy {
  actors: string[];
  failure: string;
}

/** Somebody at the consumer's sends the last dispatch once more by hand, as a token of theirs allows. */
export type SentAgain = { by: string };

export interface Case {
  name: string;
  provider: string;
  workflow: string;
  /** Run the failed jobs again after the first attempt. */
  rerunFailed?: boolean;
  expected: ExpectedDispatch[];
  trouble?: Trouble;
  policy?: Policy;
  sentAgain?: SentAgain;
  /** Replays the consumer's last delivery instead of running the provider's workflow. */
  replay?: boolean;
  /** The webhooks of runs in this repository that Zekt must have taken in, by GitHub's log. */
  tracked?: { repository: string; webhooks: string[] };
  /** The blocked events that the policy is expected to count. */
  blocked?: { reason: string; workflow: string; count: number };
}

const ACME = "acme/releases";
const path = (name: string): string => `.github/workflows/${name}.yml`;
const print = (type: string, source: string, message: unknown): string =>
  `received ${type} from ${source} - ${JSON.stringify(message, null, 2)}`;

const dispatch = (
  repository: string,
  eventType: string,
  message: unknown,
  change: Partial<ExpectedDispatch> = {},
): ExpectedDispatch => ({
  repository,
  eventType,
  sourceRepo: ACME,
  message,
  conclusion: "success",
  runAttempt: 1,
  messageAttempt: message === null ? null : 1,
  named: true,
  printed: [print(eventType, change.sourceRepo ?? ACME, message)],
  ...change,
});

/** A durable delivery: what its run printed while at work, and what the complete action then told it. */
const durable = (
  repository: string,
  name: keyof typeof DURABLE_EVENTS,
  worked: string,
  said: string,
  conclusion = "success",
): ExpectedDispatch => {
  const { eventType, message } = DURABLE_EVENTS[name];
  const lines = `${worked} - ${JSON.stringify(message)} ${said}`;
  return dispatch(repository, eventType, message, {
    printed: [conclusion === "success" ? lines : `${conclusion}: ${lines}`],
  });
};

const REPORT = JSON.stringify({ rows: "x".repeat(300 * 1024 - 11) });
const REPORT_SHA = createHash("sha256").update(REPORT).digest("hex");
const RELEASE = { version: "1.4.0", notes: "safe $HOME" };
const STAGE = { stage: "canary" };
const DOCS = { pages: ["index"] };

/** The demo's story, and what is to come of it; written down before anything runs. */
export const CASES: Case[] = [
  {
    name: "event with message",
    provider: ACME,
    workflow: path("release"),
    expected: [dispatch("initech/deploy", "release-published", RELEASE)],
  },
  {
    name: "event alone",
    provider: ACME,
    workflow: path("nightly"),
    expected: [dispatch("umbrella/docs", "zekt-workflow-completed", null)],
  },
  {
    name: "two messages of different types in one run",
    provider: ACME,
    workflow: path("build"),
    expected: [
      dispatch("initech/deploy", "image-built", { image: "app:42" }),
      dispatch("initech/deploy", "sbom-ready", { components: 17 }),
    ],
  },
  {
    name: "a message of 300 KB",
    provider: ACME,
    workflow: path("report"),
    expected: [
      dispatch(
        "hooli/mirror",
        "report-ready",
        { payloadRef: { size: REPORT.length, sha256: REPORT_SHA } },
        {
          printed: [`redeemed ${REPORT.length} bytes with sha256 ${REPORT_SHA}`],
        },
      ),
    ],
  },
  {
    name: "a run that failed",
    provider: ACME,
    workflow: path("flaky"),
    expected: [dispatch("umbrella/docs", "zekt-workflow-completed", null, { conclusion: "failure" })],
  },
  {
    name: "a workflow that is not whitelisted",
    provider: ACME,
    workflow: path("internal"),
    expected: [],
    blocked: { reason: "not-whitelisted", workflow: path("internal"), count: 1 },
  },
  {
    name: "re-run failed jobs, message of the first attempt",
    provider: ACME,
    workflow: path("staged"),
    rerunFailed: true,
    expected: [
      dispatch("initech/deploy", "stage-reached", STAGE, { conclusion: "failure" }),
      dispatch("initech/deploy", "stage-reached", STAGE, { runAttempt: 2 }),
    ],
  },
  {
    name: "two workflows of one consumer listening to the same type",
    provider: ACME,
    workflow: path("docs"),
    expected: [
      dispatch("umbrella/docs", "docs-changed", DOCS, {
        printed: [print("docs-changed", ACME, DOCS), print("docs-changed", ACME, DOCS)],
      }),
    ],
  },
  {
    name: "a provider hidden behind an alias",
    provider: "globex/night-builds",
    workflow: path("build"),
    expected: [
      dispatch(
        "hooli/mirror",
        "artifact-ready",
        { digest: "sha256:1234" },
        { sourceRepo: "Night Owl", named: false },
      ),
    ],
  },
  {
    name: "durable: confirmed and completed by the actions",
    provider: ACME,
    workflow: path("invoice"),
    expected: [durable("hooli/ledger", "invoice", "received attempt 1, replay false", "and said Completed")],
  },
  {
    name: "durable: followed by a webhook, though its workflow knows nothing of Zekt",
    provider: ACME,
    workflow: path("audit"),
    expected: [{ ...durable("umbrella/audit", "audit", "", ""), printed: ["received and kept"] }],
    tracked: {
      repository: "umbrella/audit",
      webhooks: ["completed 202", "in_progress 202", "requested 202"],
    },
  },
  {
    name: "durable: a consumer that GitHub cannot reach for a while, and then can",
    provider: ACME,
    workflow: path("alert"),
    trouble: { dispatches: { status: 503, count: 1 } },
    expected: [durable("initech/pager", "alert", "received attempt 2, replay false", "and said Completed")],
  },
  {
    name: "durable: a consumer whose run fails",
    provider: ACME,
    workflow: path("charge"),
    expected: [
      durable("hooli/till", "charge", "received attempt 1, replay false", "and said Failed", "failure"),
    ],
  },
  {
    name: "durable: GitHub's answer was lost; its run is found, and nothing is sent again",
    provider: ACME,
    workflow: path("invoice"),
    trouble: { dispatches: { answerLost: 1 } },
    expected: [durable("hooli/ledger", "invoice", "received attempt 1, replay false", "and said Completed")],
  },
  {
    name: "durable: a consumer that is started twice for one delivery, and does it once",
    provider: ACME,
    workflow: path("ping"),
    sentAgain: { by: "initech-dev" },
    expected: [
      durable("initech/echo", "ping", "received attempt 1, replay false", "and said Completed"),
      { ...durable("initech/echo", "ping", "", ""), printed: ["received again, and left alone"] },
    ],
  },
  {
    name: "durable: an App that a policy does not list",
    provider: ACME,
    workflow: path("audit"),
    policy: { actors: ["umbrella-dev"], failure: "startup-failure" },
    expected: [
      {
        ...durable("umbrella/audit", "audit", "", ""),
        printed: [
          "startup_failure: Actor 'zekt-demo[bot]' is not allowed to trigger Actions workflows. Workflow file: '.github/workflows/keep.yml'.",
        ],
      },
    ],
  },
  {
    name: "a replay of what was delivered before",
    provider: ACME,
    workflow: path("invoice"),
    replay: true,
    expected: [durable("hooli/ledger", "invoice", "received attempt 1, replay true", "and said Completed")],
  },
  {
    name: "an enterprise's own issuer",
    provider: ACME,
    workflow: path("release"),
    trouble: { issuerSlug: "octo-corp" },
    expected: [dispatch("initech/deploy", "release-published", RELEASE)],
  },
  {
    name: "a token taken back in the middle",
    provider: ACME,
    workflow: path("nightly"),
    trouble: { tokensRevoked: true },
    expected: [dispatch("umbrella/docs", "zekt-workflow-completed", null)],
  },
  {
    name: "Zekt 90 s ahead of GitHub",
    provider: ACME,
    workflow: path("release"),
    trouble: { clockAhead: 90, tokensRevoked: true },
    expected: [dispatch("initech/deploy", "release-published", RELEASE)],
  },
];
