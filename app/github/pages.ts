/** Pages of GitHub's own to which people are sent. Addresses of an Enterprise Server are its own. */
export interface GitHubSite {
  /** `https://github.com`, or the server's address. */
  githubWebUrl: string;
  /** The App's page, as GitHub says it is. */
  appUrl: string;
}

/** Returns GitHub's status page; null for a private server, which has no known one. */
export const statusPage = ({ githubWebUrl }: GitHubSite): string | null =>
  githubWebUrl === "https://github.com" ? "https://www.githubstatus.com" : null;

/** Where an owner installs the App, or changes what its installation reaches. */
export const installPage = ({ appUrl }: Pick<GitHubSite, "appUrl">): string => `${appUrl}/installations/new`;

/**
 * Returns the App's page where GitHub was not asked for it. An Enterprise Server has it at another path.
 * https://docs.github.com/en/enterprise-server@latest/apps/sharing-github-apps/sharing-your-github-app
 */
export function appPageOf(webUrl: string, slug: string): string {
  const { hostname } = new URL(webUrl);
  const isCloud = hostname === "github.com" || hostname.endsWith(".ghe.com");
  return `${webUrl}/${isCloud ? "apps" : "github-apps"}/${slug}`;
}

/** A repository's workflow files on its default branch. */
export const workflowsPage = ({ githubWebUrl }: GitHubSite, fullName: string): string =>
  `${githubWebUrl}/${fullName}/tree/HEAD/.github/workflows`;

/** A repository's runs that a dispatch started. */
export const runsPage = ({ githubWebUrl }: GitHubSite, fullName: string): string =>
  `${githubWebUrl}/${fullName}/actions?query=event%3Arepository_dispatch`;

/** Returns the page of one run, or of one of its jobs. */
export const runPage = (
  { githubWebUrl }: GitHubSite,
  fullName: string,
  runId: string,
  jobId?: string,
): string => `${githubWebUrl}/${fullName}/actions/runs/${runId}${jobId === undefined ? "" : `/job/${jobId}`}`;

/** Where a repository's Actions policies and allowed actions are set. */
export const policiesPage = ({ githubWebUrl }: GitHubSite, fullName: string): string =>
  `${githubWebUrl}/${fullName}/settings/actions`;
