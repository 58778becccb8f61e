/** The settings that can change while the server runs. */
export interface Settings {
  /** Added to every REST answer, in milliseconds. */
  latencyMs: number;
  /** The time in which a webhook's receiver must answer, in milliseconds. */
  webhookTimeoutMs: number;
  /** Primary limit: requests an hour of an installation, an App or a user. */
  requestsPerHour: number;
  /** Primary limit without authentication. */
  anonymousPerHour: number;
  /** Secondary limits. */
  pointsPerMinute: number;
  contentPerMinute: number;
  contentPerHour: number;
  concurrent: number;
  /** True to start the workflows that listen to a dispatch. */
  runWorkflows: boolean;
  /**
   * The answer to a `workflow_dispatch` that asks for its run's details. It is `answered` with 200; `refused` with 422, as
   * Enterprise Servers up to 3.19 refuse the parameter; `ignored` with 204.
   */
  runDetails: "answered" | "refused" | "ignored";
  /** The time after which a new run is in lists of runs, in milliseconds; by its id it is found at once. */
  runListDelayMs: number;
  /** The time after which an installation, and what was added to it, is found, in milliseconds; webhooks come at once. */
  installDelayMs: number;
  /** The time after which contents are read as of a push, in milliseconds; the push's webhook comes at once. */
  pushDelayMs: number;
  /** The number of workflow runs that execute at once; the others are queued. */
  runners: number;
  /** An installation token is refused for so long after it was minted, in milliseconds. */
  tokenSpreadMs: number;
  /** Refuses a token that has not spread yet: 401 "Bad credentials", or 403 "Resource not accessible by integration". */
  tokenSpreadStatus: 401 | 403;
  /** The API versions that this GitHub knows: an Enterprise Server learns a new one a year late. */
  apiVersions: string[];
  /** API versions whose end every answer announces, by `Deprecation` and `Sunset`. */
  endingVersions: string[];
  /** API versions that are at their end: 410 Gone. */
  endedVersions: string[];
  /** Requests with credentials that nobody has, before all of them are refused for a minute. */
  failedLoginsPerMinute: number;
  /** Ends the issuer of OIDC tokens, as an enterprise can ask for; empty for GitHub's own. */
  issuerSlug: string;
  /** Where pages of Apps are: on an Enterprise Server at another path than on github.com. */
  appPages: "apps" | "github-apps";
  /** Installation tokens have the new form: about 520 characters with two dots. */
  longTokens: boolean;
  /** Reports a run's end once before its time: `completed` with `status: in_progress` and no conclusion. */
  earlyCompleted: boolean;
  /** Subjects of tokens hold ids, as of repositories made since July 2026: `repo:octocat@1/site@2:…`. */
  subjectIds: boolean;
  /** Refuses a webhook, of an App or a repository, at an address that the internet does not reach, as github.com does. */
  publicHooksOnly: boolean;
  /** Runs have no `display_title`, which GitHub's schema does not require. */
  untitledRuns: boolean;
  /** Gives each job the file of its event; runners in pods without a volume do not. */
  eventFiles: boolean;
  /** Runs of forks' pull requests wait for a maintainer, as those of first-time contributors do. */
  forkApproval: boolean;
}

/** https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api, https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks */
export const DEFAULT_SETTINGS: Readonly<Settings> = {
  latencyMs: 0,
  webhookTimeoutMs: 10_000,
  requestsPerHour: 5000,
  anonymousPerHour: 60,
  pointsPerMinute: 900,
  contentPerMinute: 80,
  contentPerHour: 500,
  concurrent: 100,
  runWorkflows: true,
  runDetails: "answered",
  runListDelayMs: 0,
  installDelayMs: 0,
  pushDelayMs: 0,
  runners: 4,
  tokenSpreadMs: 0,
  tokenSpreadStatus: 403,
  apiVersions: ["2022-11-28", "2026-03-10"],
  endingVersions: [],
  endedVersions: [],
  failedLoginsPerMinute: 500,
  issuerSlug: "",
  appPages: "apps",
  longTokens: true,
  earlyCompleted: false,
  subjectIds: true,
  publicHooksOnly: false,
  untitledRuns: false,
  eventFiles: true,
  forkApproval: false,
};

/** Settings that are as unkind as GitHub can be where everything is still to come true. */
export const UNKIND_SETTINGS: Readonly<Partial<Settings>> = {
  latencyMs: 30,
  runListDelayMs: 3000,
  installDelayMs: 900,
  pushDelayMs: 900,
  tokenSpreadMs: 900,
  apiVersions: ["2022-11-28"],
  endingVersions: ["2022-11-28"],
  failedLoginsPerMinute: 100,
  issuerSlug: "octo-corp",
  appPages: "github-apps",
  earlyCompleted: true,
  untitledRuns: true,
  forkApproval: true,
};
