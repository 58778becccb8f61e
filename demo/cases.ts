import { createHash } from "node:crypto";

/** What one dispatch must have been, as GitHub accepted it, and what the runs it started printed. */
export interface ExpectedDispatch {
  repository: string;
  eventType: string;
  sourceRepo: string;
  /** The message, or null for an event alone, or that it travelled by reference. */
  message: unknown;
  conclusion: string;
  runAttempt: number;
  messageAttempt: number | null;
  /** Whether anything in `workflow_run` names the provider. */
  named: boolean;
  /** One line of each run it started, in any order. */
  printed: string[];
}

export interface Case {
  name: string;
  provider: string;
  workflow: string;
  /** Run the failed jobs again after the first attempt. */
  rerunFailed?: boolean;
  expected: ExpectedDispatch[];
  /** What the policy is to have counted as blocked. */
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
];
