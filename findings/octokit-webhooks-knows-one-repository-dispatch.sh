#!/usr/bin/env bash
# @octokit/webhooks 14.2.0: of all events repository_dispatch it knows "sample.collected" by name, and no other.
#
# Guess written down first: each of the example payloads that @octokit publishes has its type and its name, made of
# event and action. The action of a repository_dispatch is the sender's `event_type`, so that any text will do.
#
# Behaviour: names and types are made of GitHub's description, where the event type of the example is the only value.
# A handler for "repository_dispatch.sample.collected" is welcome. One for another type is called, and a warning says
# that its name is not known. TypeScript refuses that line. @octokit's own example, "on-demand-test", is such another.
#
# Why it matters here: a receiver of repository_dispatch has a handler for each type. Who believes the warning looks for
# a mistake in the name, or waits for an event that "does not exist". Bind to "repository_dispatch" and compare
# `action`. Zekt sends this event to workflows, which know no such names.
# Source of the rule: "Create a repository dispatch event" in GitHub's documentation: any text of up to 100 characters.
#
# Output seen on 2026-11-29:
#   names known: repository_dispatch, repository_dispatch.sample.collected
#   repository_dispatch.sample.collected: called
#   repository_dispatch.on-demand-test: "repository_dispatch.on-demand-test" is not a known webhook name, called
#   repository_dispatch.deploy: "repository_dispatch.deploy" is not a known webhook name, called
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error @octokit/webhooks@14.2.0
cat > run.mjs <<'JS'
import { emitterEventNames, Webhooks } from "@octokit/webhooks";
const known = emitterEventNames.filter((name) => name.startsWith("repository_dispatch"));
const lines = [`names known: ${known.join(", ")}`];
for (const type of ["sample.collected", "on-demand-test", "deploy"]) {
  const seen = [];
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, error: quiet, warn: (text) => seen.push(text.split(" (")[0]) };
  const webhooks = new Webhooks({ secret: "none", log });
  const name = `repository_dispatch.${type}`;
  webhooks.on(name, () => seen.push("called"));
  await webhooks.receive({ id: "1", name: "repository_dispatch", payload: { action: type, client_payload: {} } });
  lines.push(`${name}: ${seen.join(", ")}`);
}
console.log(lines.join("\n"));
const expected = `names known: repository_dispatch, repository_dispatch.sample.collected
repository_dispatch.sample.collected: called
repository_dispatch.on-demand-test: "repository_dispatch.on-demand-test" is not a known webhook name, called
repository_dispatch.deploy: "repository_dispatch.deploy" is not a known webhook name, called`;
process.exit(lines.join("\n") === expected ? 0 : 1);
JS
node run.mjs
