/** A refusal with GitHub's status and words. */
export class GitHubError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly errors: unknown;
  /** Further fields of the answer. */
  readonly more: object;

  constructor(
    status: number,
    message: string,
    options: { headers?: Record<string, string>; errors?: unknown; more?: object } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
    this.more = options.more ?? {};
  }
}

export const notFound = (): GitHubError => new GitHubError(404, "Not Found");

export const forbidden = (message = "Resource not accessible by integration"): GitHubError =>
  new GitHubError(403, message);

export const invalid = (message: string, errors?: unknown): GitHubError =>
  new GitHubError(422, message, { errors });

/**
 * A repository that nobody reaches: 451 after a notice of DMCA, 403 for a breach of the terms.
 * https://github.com/github/rest-api-description/issues/3314, octokit.rb's `lib/octokit/error.rb`
 */
export const accessBlocked = (reason: "dmca" | "tos"): GitHubError =>
  new GitHubError(reason === "dmca" ? 451 : 403, "Repository access blocked", {
    more: {
      block: { reason, created_at: "2026-04-22T17:53:56Z", html_url: `https://github.com/${reason}` },
    },
  });

/** A body that breaks the API description's schema, in the words of GitHub's validator. */
export const invalidRequest = (what: string): GitHubError => invalid(`Invalid request.\n\n${what}`);

export const json = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
  });

/** Any refusal as GitHub's JSON; what nobody foresaw as its 500. */
export function errorResponse(error: unknown): Response {
  if (error instanceof GitHubError) {
    const { status, message, errors, headers, more } = error;
    const body = { message, ...more, ...(errors === undefined ? {} : { errors }), documentation_url: DOCS };
    return json(status, { ...body, status: String(status) }, headers);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  return json(500, { message: "Server Error" });
}

const DOCS = "https://docs.github.com/rest";
