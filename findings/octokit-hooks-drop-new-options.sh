#!/usr/bin/env bash
# before-after-hook 4.0.0, as @octokit/core 7.0.8 uses it: options that one wrapper of a
# request hands on are lost when another wrapper was registered before it.
#
# Guess written down first: with two `hook.wrap("request", …)`, each calls `request(options)`
# for the next one, and what it passes is what the next one and the request get.
#
# Behaviour: the wrapper registered last runs first, and its new options object reaches only
# a request that no other wrapper stands before. With one, the inner wrapper and the request
# see the options of the caller. Changing the same object in place works in both cases.
#
# Why it matters here: an App adds a wrapper for tokens, one for limits and one for counting.
# A header that one sets on a copy, such as the API version or a new token after 401, is
# dropped in silence as soon as a plugin has a wrapper of its own.
#
# Output seen on 2026-11-27:
#   one wrapper: header arrives as 1
#   two wrappers: header arrives as nothing
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @octokit/core@7.0.8
grep -q '"version": "4.0.0"' node_modules/before-after-hook/package.json
cat > run.mjs <<'JS'
import { Octokit } from "@octokit/core";
async function arrivesAs(withInner) {
  let header;
  const fetch = async (_, { headers }) => {
    header = headers["x-a"];
    return new Response("{}", { headers: { "content-type": "application/json" } });
  };
  const octokit = new Octokit({ request: { fetch } });
  if (withInner) octokit.hook.wrap("request", (request, options) => request(options));
  octokit.hook.wrap("request", (request, options) =>
    request({ ...options, headers: { ...options.headers, "x-a": "1" } }),
  );
  await octokit.request("GET /");
  return header ?? "nothing";
}
const one = await arrivesAs(false);
const two = await arrivesAs(true);
console.log(`one wrapper: header arrives as ${one}`);
console.log(`two wrappers: header arrives as ${two}`);
process.exit(one === "1" && two === "nothing" ? 0 : 1);
JS
node run.mjs
