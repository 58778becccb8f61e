#!/usr/bin/env bash
# @octokit/auth-app 8.3.1: what it says of an installation's token changes when it is asked again.
#
# Guess written down first: asked twice for the same, it gives the token that it keeps, and says
# the same of it both times.
#
# Behaviour: the first answer is GitHub's. The second lacks the path of the single file, and the
# repositories' ids where they were asked for by name. A permission granted as `admin` is `read` in it.
# To the cache `write` and `admin` are one: a request for `admin` within the hour gets the token that
# was made for `write`, and hears that it is for `admin`. The README promises the path wherever that
# permission is given; ids only where ids were asked for; and of `admin` it does not speak.
#
# Why it matters here: an App keeps ids, since names change, and looks at permissions before it
# tries. Code that does so is right at its first call, as in each test, and wrong for the rest of
# the hour. Zekt asks by id, takes the token alone, and goes by what GitHub then answers.
#
# Output seen on 2026-11-28:
#   first:  ids 42, file .github/zekt.yml, organization_projects admin
#   second: ids none, file none, organization_projects read, same token: true
#   write, then admin: same token: true, said to be for admin
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @octokit/auth-app@8.3.1 @octokit/request@10.0.16
cat > run.mjs <<'JS'
import { generateKeyPairSync } from "node:crypto";
import { createAppAuth } from "@octokit/auth-app";
import { request } from "@octokit/request";
const privateKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs8", format: "pem" });
let made = 0;
const fetch = async (_, { body }) => {
  const { permissions = { organization_projects: "admin", single_file: "read" } } = JSON.parse(body ?? "{}");
  const repositories = [{ id: 42, name: "library" }];
  const answer = { repository_selection: "selected", repositories, single_file: ".github/zekt.yml", permissions };
  return Response.json({ ...answer, token: `ghs_${++made}`, expires_at: "2126-01-01T00:00:00Z" }, { status: 201 });
};
const auth = createAppAuth({ appId: 1, privateKey, request: request.defaults({ request: { fetch } }) });
const tokenOf = (options) => auth({ type: "installation", ...options });
const said = ({ repositoryIds = ["none"], singleFileName, permissions }) =>
  `ids ${repositoryIds}, file ${singleFileName || "none"}, organization_projects ${permissions.organization_projects}`;
const first = await tokenOf({ installationId: 7, repositoryNames: ["library"] });
const second = await tokenOf({ installationId: 7, repositoryNames: ["library"] });
const written = await tokenOf({ installationId: 8, permissions: { organization_projects: "write" } });
const admin = await tokenOf({ installationId: 8, permissions: { organization_projects: "admin" } });
const seen = [
  `first:  ${said(first)}`,
  `second: ${said(second)}, same token: ${first.token === second.token}`,
  `write, then admin: same token: ${written.token === admin.token}, said to be for ${admin.permissions.organization_projects}`,
];
console.log(seen.join("\n"));
const expected = [
  "first:  ids 42, file .github/zekt.yml, organization_projects admin",
  "second: ids none, file none, organization_projects read, same token: true",
  "write, then admin: same token: true, said to be for admin",
];
process.exit(seen.join() === expected.join() ? 0 : 1);
JS
node run.mjs
