import { createHmac, randomUUID } from "node:crypto";
import fc from "fast-check";
import { anyJson, HOSTILE_TEXTS } from "../attack/arbitrary-of.ts";

const EVENTS = ["push", "installation", "workflow_run", "ping", "repository", "constructor", ""];
const PATHS = ["/github/webhooks", "/github/webhooks/", "/github/webhooks/repositories/1", "/github", ""];
const QUERIES = ["", "repository=1", "repository=%ff", "repository=__proto__", "&&=&"];

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((one) => Buffer.from(one)),
  anyJson.map((one) => Buffer.from(JSON.stringify(one))),
);

/** Header values; an HTTP API hands over text, whatever stood there. */
const value = fc.oneof(fc.constantFrom(...HOSTILE_TEXTS), fc.constantFrom("application/json", "sha256="));

/** Whatever an HTTP API could hand over for a webhook: any bytes, signed by a secret or not, as text or in base64. */
export const anyRequest = (secret: string): fc.Arbitrary<object> =>
  fc
    .record({
      body: bytes,
      base64: fc.boolean(),
      signed: fc.boolean(),
      event: fc.constantFrom(...EVENTS),
      rawPath: fc.oneof(
        { weight: 8, arbitrary: fc.constantFrom(...PATHS) },
        fc.constantFrom(...HOSTILE_TEXTS),
      ),
      rawQueryString: fc.constantFrom(...QUERIES),
      method: fc.oneof({ weight: 8, arbitrary: fc.constant("POST") }, fc.constantFrom("GET", "TRACE", "")),
      more: fc.dictionary(fc.constantFrom("content-type", "x-github-delivery", "__proto__", "a"), value, {
        maxKeys: 1,
      }),
    })
    .map(({ body, base64, signed, event, rawPath, rawQueryString, method, more }) => ({
      version: "2.0",
      rawPath,
      rawQueryString,
      headers: {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": randomUUID(),
        "x-hub-signature-256": signed
          ? `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`
          : "sha256=00",
        ...more,
      },
      requestContext: { http: { method } },
      body: body.toString(base64 ? "base64" : "utf8"),
      isBase64Encoded: base64,
    }));

/** Events with what an HTTP API always gives missing or of another kind, such as the console's own test event. */
export const ODD_EVENTS: readonly unknown[] = [
  {},
  { key1: "value1" },
  { Records: [] },
  { rawPath: "/github/webhooks", requestContext: { http: { method: "POST" } } },
  { rawPath: "/github/webhooks", requestContext: {}, headers: null, body: null },
  {
    rawPath: "/github/webhooks",
    requestContext: { http: { method: "POST" } },
    headers: { "content-type": "application/json" },
    body: null,
    isBase64Encoded: true,
  },
  {
    rawPath: "/github/webhooks",
    requestContext: { http: { method: "POST" } },
    headers: {},
    body: "no base64 at all: \u0000\ud800",
    isBase64Encoded: true,
  },
];
