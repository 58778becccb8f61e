import { afterEach, expect, test, vi } from "vitest";
import { call, setSigned } from "../../app/console/api/call.ts";

/* Changes of a tab whose person signed in anew, or went, in another tab. */

const json = (status: number, body: unknown): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

/** Answers as a server whose session has one token; `session` answers who is signed in. */
function serve(token: string, session: () => Response | Promise<Response>): string[] {
  const sent: string[] = [];
  vi.stubGlobal("fetch", async (address: string, { method = "GET", headers }: RequestInit) => {
    if (address === "/api/session") return await session();
    const by = new Headers(headers).get("x-csrf-token") ?? "none";
    sent.push(`${method} ${by}`);
    return by === token ? json(200, { by }) : json(403, { detail: "Refused." });
  });
  return sent;
}
afterEach(() => void vi.unstubAllGlobals());

const person = (login: string, csrfToken: string) => ({ login, csrfToken });
const change = () => call("PATCH", "/services/1", { body: {} });

test("several changes at once go on by the session of a sign-in in another tab", async () => {
  setSigned(person("ada", "first"));
  serve("second", () => json(200, person("ada", "second")));
  expect(await Promise.all([change(), change()])).toEqual([{ by: "second" }, { by: "second" }]);
});

test.each([
  ["by a proxy's page", () => new Response("<html></html>")],
  ["by none, as the network is gone", () => Promise.reject(new TypeError("fetch failed"))],
  ["by a refusal", () => json(401, { detail: "Sign in." })],
])("a refusal stays what it is where the question who is signed in is answered %s", async (_, session) => {
  setSigned(person("ada", "first"));
  serve("second", session);
  await expect(change()).rejects.toMatchObject({ status: 403, message: "Refused." });
});

test("a tab that has read who signed in in another one changes nothing in their name", async () => {
  setSigned(person("ada", "first"));
  const sent = serve("of bob", () => json(200, person("bob", "of bob")));
  // As each look at the tab reads it.
  setSigned(person("bob", "of bob"));
  await expect(change()).rejects.toMatchObject({ status: 403, message: /^You signed in as bob/ });
  expect(sent).toEqual(["PATCH first"]);
});
