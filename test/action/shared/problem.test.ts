import { expect, test } from "vitest";
import { sentenceOf } from "../../../action/shared/problem.ts";

const said = (status: number, body: unknown, headers = {}) =>
  sentenceOf("zekt.example.com", {
    status,
    headers,
    body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)),
  });

test.each([
  [{ title: "Forbidden", detail: "Not yours." }, "zekt.example.com answered 403 Forbidden: Not yours."],
  [{ title: "Forbidden" }, "zekt.example.com answered 403 Forbidden"],
  [
    { title: "Bad Request", detail: "No.", errors: [{ pointer: "/a", detail: "No." }, { pointer: "/b/0" }] },
    "zekt.example.com answered 403 Bad Request: No. (at /a; /b/0)",
  ],
])("%j is said as %s", (body, sentence) => expect(said(403, body)).toBe(sentence));

test.each([
  [404, "zekt.example.com answered 404, and not as Zekt does: check zekt-api-url."],
  [503, "zekt.example.com answered 503."],
  [302, "zekt.example.com answered 302, and not as Zekt does: check zekt-api-url."],
])("a %i that is no problem document is said by its status", (status, sentence) => {
  for (const body of ["", "<html>", "null", "[]", '"x"', { error: "no" }])
    expect(said(status, body)).toBe(sentence);
});

test("a token that is too large for the way to Zekt is said to be that", () => {
  for (const [status, body] of [
    [431, ""],
    [400, "<html><center>Request Header Or Cookie Too Large</center><hr><center>nginx</center></html>"],
    [400, "<p>Size of a request header field exceeds server limit.</p>"],
    [400, "<html><body><h1>400 Bad request</h1>\nYour browser sent an invalid request.\n</body></html>\n"],
  ] as const)
    expect(said(status, body)).toContain(`answered ${status}: the job's OIDC token is too large`);
});

test("a redirect is named no longer than an address is", () => {
  expect(said(302, "", { location: `https://x.example/${"a".repeat(9000)}` }).length).toBeLessThan(500);
});
