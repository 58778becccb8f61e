#!/usr/bin/env bash
# @octokit/plugin-paginate-rest 16.0.0 (with @octokit/core 7.0.8): an answer 409 ends a list, and is no error.
#
# Guess written down first: where a page is answered with an error, `paginate` rejects. One 409 is no
# error: GitHub's answer to a list of commits of an empty repository, which may well read as an empty list.
#
# Behaviour: any 409 is taken for an empty last page, of every list and at every page. Of 300 runs the
# 100 of the first page come back, and nothing says that the others are missing. A 404 or a 502 in the
# same place rejects.
#
# Why it matters here: GitHub answers 409 in passing, too. A service that catches up on runs by such a
# list takes those that it did not get for runs that never were, and never sends their events. Zekt reads
# page by page itself, where a 409 is an error like another.
#
# Output seen on 2026-11-28:
#   second page answered 409: 100 of 300 runs, no error
#   second page answered 404: rejected with 404
#   second page answered 502: rejected with 502
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @octokit/plugin-paginate-rest@16.0.0 @octokit/core@7.0.8
cat > run.mjs <<'JS'
import { Octokit } from "@octokit/core";
import { paginateRest } from "@octokit/plugin-paginate-rest";
const list = async (status) => {
  const fetch = async (address) => {
    const url = new URL(address);
    const page = Number(url.searchParams.get("page") ?? 1);
    if (page === 2) return Response.json({ message: "Not now" }, { status });
    url.searchParams.set("page", page + 1);
    const workflow_runs = Array.from({ length: 100 }, (_, index) => ({ id: page * 100 + index }));
    return Response.json({ total_count: 300, workflow_runs }, { headers: { link: `<${url}>; rel="next"` } });
  };
  const octokit = new (Octokit.plugin(paginateRest))({ request: { fetch } });
  return await octokit.paginate("GET /repos/{owner}/{repo}/actions/runs", { owner: "acme", repo: "library", per_page: 100 }).then(
    (runs) => `${runs.length} of 300 runs, no error`,
    ({ status }) => `rejected with ${status}`,
  );
};
const seen = [await list(409), await list(404), await list(502)];
for (const [index, status] of [409, 404, 502].entries()) console.log(`second page answered ${status}: ${seen[index]}`);
process.exit(seen.join() === "100 of 300 runs, no error,rejected with 404,rejected with 502" ? 0 : 1);
JS
node run.mjs
