import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { localPath } from "../../../app/http/pages/local-path.ts";
import { type Stage, setStage } from "../../../harness/stage.ts";
import { silent } from "../../../harness/world.ts";

/* Whatever comes instead of what GitHub and the console would send. */

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ log: silent });
});
afterAll(() => stage.close());

const part = fc.oneof(
  fc.constantFrom(
    "/console",
    "/",
    "//",
    "\\",
    "..",
    ".",
    "%2f",
    "%5c",
    "@",
    ":",
    "?",
    "#",
    "\t",
    "\n",
    "evil.example",
  ),
  fc.string({ maxLength: 8 }),
);
const address = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(""));

test("wherever one asks to be led after signing in, it is a page of the console", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        address,
        address.map((rest) => `/console${rest}`),
      ),
      (wanted) => {
        const origin = "https://zekt.example";
        const { origin: to, pathname } = new URL(localPath(wanted), `${origin}/console/callback`);
        expect(to).toBe(origin);
        expect(pathname).toMatch(/^\/console(\/|$)/);
      },
    ),
    { numRuns: 2000 },
  );
});

const text = fc.string({ unit: fc.constantFrom(..."abcXYZ019-_.~=%;, \"'<>&".split("")), maxLength: 40 });

test("no answer that GitHub did not give, and no cookie that was not given here, signs anybody in or breaks anything", async () => {
  const query = fc.dictionary(fc.constantFrom("code", "state", "error", "return_to", "x"), text);
  const cookie = fc.dictionary(fc.constantFrom("zekt-session", "zekt-sign-in", "__Host-zekt-session"), text);
  await fc.assert(
    fc.asyncProperty(query, cookie, async (asked, given) => {
      const headers = {
        cookie: Object.entries(given)
          .map(([name, value]) => `${name}=${value}`)
          .join("; "),
      };
      const callback = await fetch(`${stage.server.url}/console/callback?${new URLSearchParams(asked)}`, {
        headers,
        redirect: "manual",
      });
      expect(callback.status).toBe(400);
      expect(callback.headers.getSetCookie().join()).not.toMatch(/zekt-session=[^;]/);
      // What was sent is not said back as markup.
      expect(await callback.text()).not.toMatch(
        /<(?!\/?(?:!doctype|html|head|meta|title|body|main|h1|p|a)\b)/i,
      );
      const session = await fetch(`${stage.server.url}/api/session`, { headers });
      expect(session.status).toBe(401);
    }),
    { numRuns: 60 },
  );
});
