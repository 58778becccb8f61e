import type { Answer } from "./http.ts";

/** An error as RFC 9457 has it, with JSON pointers to what is wrong in the request. */
interface Problem {
  title: string;
  detail?: string;
  errors?: readonly { pointer: string; detail?: string }[];
}

/** The pages of nginx, Apache and HAProxy, which refuse large headers with 400. */
const TOO_LARGE =
  /request header(?: or cookie too large| field exceeds)|your browser sent an invalid request/i;

/** Says in one sentence what an answer that is no success says. */
export function sentenceOf(host: string, { status, headers, body }: Answer): string {
  const problem = problemOf(body);
  if (problem) {
    const { title, detail, errors = [] } = problem;
    const places = errors.map((error) =>
      error.detail && error.detail !== detail ? `${error.pointer} ${error.detail}` : error.pointer,
    );
    const where = places.length > 0 ? ` (at ${places.join("; ")})` : "";
    return `${host} answered ${status} ${title}${detail ? `: ${detail}` : ""}${where}`;
  }
  if (status >= 300 && status < 400 && headers.location) {
    return `${host} answered ${status}, a redirect to ${headers.location.slice(0, 300)}: give the address that answers itself as zekt-api-url.`;
  }
  if (status === 431 || (status === 400 && TOO_LARGE.test(body.toString("utf8", 0, 1000)))) {
    return `${host} answered ${status}: the job's OIDC token is too large for it. Include fewer repository properties in tokens, under Actions → OIDC in the organization's settings.`;
  }
  if (status === 429 || status >= 500) return `${host} answered ${status}.`;
  return `${host} answered ${status}, and not as Zekt does: check zekt-api-url.`;
}

function problemOf(body: Buffer): Problem | null {
  try {
    const parsed = JSON.parse(body.toString("utf8")) as Problem | null;
    return typeof parsed?.title === "string" ? parsed : null;
  } catch {
    return null;
  }
}
