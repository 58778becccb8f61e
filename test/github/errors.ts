/** A refusal with GitHub's status and words. */
export class GitHubError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly errors: unknown;

  constructor(
    status: number,
    message: string,
    options: { headers?: Record<string, string>; errors?: unknown } = {},
  ) {
    super(message);
    this.status = status;
    this.headers = options.headers ?? {};
    this.errors = options.errors;
  }
}

export const notFound = (): GitHubError => new GitHubError(404, "Not Found");
export const forbidden = (message = "Resource not accessible by integration"): GitHubError =>
  new GitHubError(403, message);
export const invalid = (message: string, errors?: unknown): GitHubError =>
  new GitHubError(422, message, { errors });
