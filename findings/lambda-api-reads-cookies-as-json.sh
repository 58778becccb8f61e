#!/usr/bin/env bash
# lambda-api 1.5.1: a cookie whose text happens to be JSON is no text any more.
#
# Guess written down first: `request.cookies` gives each cookie's text, decoded. What the cookie holds is the
# application's own business.
#
# Behaviour: each is tried as JSON first. Digits become a number, and one too large for that loses its last digits. An
# "e" among digits makes it a power of ten. "true" and "null" become values, and quotes around a text vanish. Any other
# text stays.
#
# Why it matters here: session ids and the state of a sign-in are random texts of digits and letters. Some of them are
# numbers by chance, and such a session is then found by nobody: a few users are signed out at once, for no reason that
# a log shows. Read the `cookie` header instead.
# See also the README, which says that values of any type may be set; it does not say that texts are read so.
#
# Output seen on 2026-11-29:
#   state=48213907: 48213907 (number)
#   state=12345678901234567890: 12345678901234567000 (number)
#   state=1234e56: 1.234e+59 (number)
#   state=00123: 00123 (string)
#   state=true: true (boolean)
#   state=%22a%22: a (string)
#   state=a1b2c3: a1b2c3 (string)
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error lambda-api@1.5.1
cat > run.mjs <<'JS'
import createAPI from "lambda-api";
const api = createAPI();
let cookies;
api.get("/", (request) => {
  ({ cookies } = request);
  return {};
});
const event = (cookie) => ({
  version: "2.0",
  rawPath: "/",
  rawQueryString: "",
  cookies: [cookie],
  headers: { host: "a.example" },
  isBase64Encoded: false,
  requestContext: { http: { method: "GET", path: "/", sourceIp: "192.0.2.1" }, stage: "$default" },
});
const expected = {
  "state=48213907": "48213907 (number)",
  "state=12345678901234567890": "12345678901234567000 (number)",
  "state=1234e56": "1.234e+59 (number)",
  "state=00123": "00123 (string)",
  "state=true": "true (boolean)",
  "state=%22a%22": "a (string)",
  "state=a1b2c3": "a1b2c3 (string)",
};
let same = true;
for (const [cookie, known] of Object.entries(expected)) {
  await api.run(event(cookie), {});
  const seen = `${cookies.state} (${typeof cookies.state})`;
  console.log(`${cookie}: ${seen}`);
  same &&= seen === known;
}
process.exit(same ? 0 : 1);
JS
node run.mjs
