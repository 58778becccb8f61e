import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { problem } from "../http/kit/problem.ts";

/** The part of an HTTP API's event that a request is made of; a test event of the console has none of it. */
interface HttpEvent {
  rawPath?: string;
  rawQueryString?: string;
  headers?: Record<string, string> | null;
  body?: string | null;
  requestContext?: { http?: { method?: string } } & object;
}

type Answer = (request: Request, ...rest: unknown[]) => Response | Promise<Response>;

/** Methods that a `Request` can be made with; it refuses others, CONNECT and TRACE among them. */
const OF_REQUESTS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const WITHOUT_BODY = new Set(["GET", "HEAD"]);

/**
 * Encodes a path again that an HTTP API has decoded: a file's name may hold what would end a path.
 * https://github.com/honojs/hono/issues/2156
 */
const encoded = (path: string): string =>
  encodeURI(path.toWellFormed()).replaceAll("?", "%3F").replaceAll("#", "%23");

const isHeaderSet = (headers: Record<string, string>): boolean => {
  try {
    return Boolean(new Headers(headers));
  } catch {
    return false;
  }
};

/**
 * Makes a function's handler of an application, around Hono's adapter. The adapter itself answers, in plain
 * text, where no `Request` can be made of an event. So a body that came with GET is left out, and the method
 * is the event's, whatever it is, as Node's server has it. The application then answers.
 */
export function answerEvents(
  fetch: Answer,
): (event: LambdaEvent, context?: LambdaContext) => Promise<unknown> {
  return async (event, context) => {
    const { rawPath, rawQueryString = "", headers, body, requestContext, ...rest } = event as HttpEvent;
    const method = requestContext?.http?.method || "GET";
    const asked = OF_REQUESTS.has(method) ? method : "GET";
    const readable = isHeaderSet(headers ?? {});
    const answer: Answer = (request, ...others) => {
      if (!readable) return problem(400, "The request's headers cannot be read.");
      if (asked !== method) Object.defineProperty(request, "method", { value: method });
      return fetch(request, ...others);
    };
    const answered = handle({ fetch: answer } as Parameters<typeof handle>[0]);
    const plain = {
      ...rest,
      version: "2.0",
      rawPath: encoded(rawPath ?? "/"),
      rawQueryString,
      headers: readable ? (headers ?? {}) : {},
      requestContext: { ...requestContext, http: { ...requestContext?.http, method: asked } },
      ...(body && !WITHOUT_BODY.has(asked) ? { body } : {}),
    };
    return await answered(plain as unknown as LambdaEvent, context);
  };
}
