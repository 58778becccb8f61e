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
    const { status, message, errors, headers } = error;
    const body = { message, ...(errors === undefined ? {} : { errors }), documentation_url: DOCS };
    return json(status, { ...body, status: String(status) }, headers);
  }
  process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
  return json(500, { message: "Server Error" });
}

const DOCS = "https://docs.github.com/rest";
