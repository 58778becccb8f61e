import { z } from "zod";

/** An HTTP API's event, format 2.0: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
export interface HttpEvent {
  version: "2.0";
  routeKey: string;
  rawPath: string;
  rawQueryString: string;
  cookies?: string[];
  headers: Record<string, string>;
  requestContext: object;
  body?: string;
  isBase64Encoded: boolean;
}

export interface HttpResult {
  statusCode: number;
  headers?: Record<string, string>;
  cookies?: string[];
  body?: string;
  isBase64Encoded?: boolean;
}

/**
 * The bytes that Lambda takes at most of a call's event, and of its result. The body counts as the JSON string that it
 * is there.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

/** Counts the bytes of an event, or of a function's result, as Lambda does. */
export const bytesOf = (one: HttpEvent | HttpResult): number => Buffer.byteLength(JSON.stringify(one));

/** Decodes a path as API Gateway does before a function gets it; one that cannot be decoded stays as it is. */
function decoded(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

/** Makes of a request the event that an HTTP API makes of it. */
export async function eventOf(request: Request, base64: boolean): Promise<HttpEvent> {
  const { pathname, search, host } = new URL(request.url);
  const headers = Object.fromEntries(request.headers);
  const cookies = headers.cookie?.split("; ");
  delete headers.cookie;
  const body = Buffer.from(await request.arrayBuffer());
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: decoded(pathname),
    rawQueryString: search.slice(1),
    ...(cookies ? { cookies } : {}),
    headers: { ...headers, host },
    requestContext: {
      accountId: "123456789012",
      apiId: "api",
      domainName: host,
      domainPrefix: "api",
      http: {
        method: request.method,
        path: decoded(pathname),
        protocol: "HTTP/1.1",
        sourceIp: "192.0.2.1",
        userAgent: "test",
      },
      requestId: crypto.randomUUID(),
      routeKey: "$default",
      stage: "$default",
      time: new Date().toUTCString(),
      timeEpoch: Date.now(),
    },
    ...(body.length > 0 ? { body: body.toString(base64 ? "base64" : "utf8") } : {}),
    isBase64Encoded: base64,
  };
}

/** An HTTP API answers 500 where a function's result is not as it documents it. */
const resultSchema = z.object({
  statusCode: z.int().min(200).max(599),
  headers: z.record(z.string(), z.string()).optional(),
  cookies: z.array(z.string()).optional(),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().optional(),
});

/** Makes the response that an HTTP API makes of a function's result; throws where it makes none. */
export function responseOf(result: unknown): Response {
  const { statusCode, headers = {}, cookies = [], body = "", isBase64Encoded } = resultSchema.parse(result);
  const given = new Headers(headers);
  for (const cookie of cookies) given.append("set-cookie", cookie);
  const bytes = Buffer.from(body, isBase64Encoded ? "base64" : "utf8");
  return new Response(bytes.length > 0 ? bytes : null, { status: statusCode, headers: given });
}
