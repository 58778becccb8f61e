#!/usr/bin/env bash
# smee-client 5.0.0: a proxy without a scheme ends the program that imports it.
#
# Guess written down first: a client that is only imported reads no proxy. One that is started goes through
# the proxy of the environment, and takes `proxy.example.test:3128` as curl and GitHub's toolkit do, over http.
#
# Behaviour: the module makes its proxy agent while it is loaded. `HTTPS_PROXY=127.0.0.1:3128` then throws
# `ERR_INVALID_URL` from the import itself, before anybody asked for a channel.
#
# Why it matters here: `npm start` ended with a stack in every network whose proxy is set without a scheme,
# with a channel or without one. Anyone who uses the client loads it late, and sets the variables right before.
#
# Output seen on 2026-11-27:
#   with a scheme: loaded
#   without one: ERR_INVALID_URL
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
npm init --yes > /dev/null
npm install --save-exact --ignore-scripts --no-audit --no-fund --loglevel=error smee-client@5.0.0
cat > run.mjs <<'JS'
process.env.HTTPS_PROXY = process.argv[2];
console.log(await import("smee-client").then(() => "loaded", ({ code }) => code));
JS
with=$(node run.mjs http://127.0.0.1:3128)
without=$(node run.mjs 127.0.0.1:3128)
echo "with a scheme: $with"
echo "without one: $without"
[ "$with" = loaded ] && [ "$without" = ERR_INVALID_URL ]
