#!/usr/bin/env bash
# @octokit/plugin-paginate-graphql 6.0.0: paging backwards gives a list in an order that no page has.
#
# Guess written down first: `graphql.paginate` with `last` and `before` puts each further page in front, so that the
# nodes are ordered as in one large page.
#
# Behaviour: each page is put behind what is there already, whichever way it goes. Within a page the oldest is first, so
# the oldest page as a whole is last: 3 4, then 1 2. The README shows paging backwards, and does not speak of the order.
#
# Why it matters here: anyone who reads the newest comments, runs or deliveries of a list pages backwards. "The last node"
# is then one from the middle, and a marker that is taken from it goes back in time. Sort what comes, or page with
# `iterator`, which gives each page by itself.
# Source of the rule: "Edge order" in the GraphQL Cursor Connections Specification: it is the same with `last` and
# `before` as with `first` and `after`.
#
# Output seen on 2026-11-29:
#   forwards: 1 2 3 4
#   backwards: 3 4 1 2
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error \
  @octokit/core@7.0.8 @octokit/plugin-paginate-graphql@6.0.0
cat > run.mjs <<'JS'
import { Octokit } from "@octokit/core";
import { paginateGraphQL } from "@octokit/plugin-paginate-graphql";
const comments = [1, 2, 3, 4];
// A connection of two nodes a page, whose cursor is a node's number.
const page = ({ way, cursor }) => {
  if (way === "forwards") {
    const nodes = comments.filter((id) => id > Number(cursor ?? 0)).slice(0, 2);
    return { nodes, pageInfo: { hasNextPage: nodes.at(-1) !== 4, endCursor: String(nodes.at(-1)) } };
  }
  const nodes = comments.filter((id) => id < Number(cursor ?? 5)).slice(-2);
  return { nodes, pageInfo: { hasPreviousPage: nodes[0] !== 1, startCursor: String(nodes[0]) } };
};
const fetch = async (_, { body }) => {
  const data = { repository: { comments: page(JSON.parse(body).variables) } };
  return new Response(JSON.stringify({ data }), { headers: { "content-type": "application/json" } });
};
const octokit = new (Octokit.plugin(paginateGraphQL))({ request: { fetch } });
const order = async (way, query) => {
  const { repository } = await octokit.graphql.paginate(query, { way });
  return repository.comments.nodes.join(" ");
};
const rest = (args, info) =>
  `query ($cursor: String) { repository { comments(${args}: $cursor) { nodes pageInfo { ${info} } } } }`;
const forwards = await order("forwards", rest("first: 2, after", "hasNextPage endCursor"));
const backwards = await order("backwards", rest("last: 2, before", "hasPreviousPage startCursor"));
console.log(`forwards: ${forwards}`);
console.log(`backwards: ${backwards}`);
process.exit(forwards === "1 2 3 4" && backwards === "3 4 1 2" ? 0 : 1);
JS
node run.mjs
