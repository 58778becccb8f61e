import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { build, type Plugin } from "esbuild";

const program = new Command("npm run build --")
  .description(
    "Builds the actions' bundles, which are committed so that a workflow can use them as they are.",
  )
  .option("--check", "write nothing; fail where a committed bundle is stale")
  .parse();

const root = fileURLToPath(new URL("..", import.meta.url));
const ACTIONS = ["send", "confirm", "complete"];

/** Leaves out of the toolkit what the actions never use: its HTTP client, its Octokit, its process runner. */
const lean: Plugin = {
  name: "lean-toolkit",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@actions\/http-client(\/.*)?$/ }, () => ({
      path: join(root, "action/shared/toolkit-http-client.ts"),
      sideEffects: false,
    }));
    onResolve({ filter: /^\.\/utils(\.js)?$/ }, ({ importer }) =>
      importer.includes("@actions/github/lib/github.js")
        ? { path: "no-octokit", namespace: "lean", sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: "lean" }, () => ({
      contents: "export const GitHub = undefined, getOctokitOptions = undefined;",
    }));
    onResolve(
      { filter: /^@actions\/(core|github|exec|io)$/ },
      async ({ path, resolveDir, kind, pluginData }) => {
        if (pluginData === "seen") return undefined;
        const found = await resolve(path, { resolveDir, kind, pluginData: "seen" });
        return { ...found, sideEffects: false };
      },
    );
  },
};

let stale = false;
for (const action of ACTIONS) {
  const { outputFiles } = await build({
    entryPoints: [join(root, "action", action, "main.ts")],
    outfile: join(root, "action", action, "dist/index.js"),
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "esm",
    minify: true,
    keepNames: false,
    legalComments: "eof",
    write: false,
    plugins: [lean],
  });
  for (const { path, text } of outputFiles) {
    const same = existsSync(path) && readFileSync(path, "utf8") === text;
    if (program.opts<{ check?: boolean }>().check) {
      if (!same)
        process.stderr.write(
          `action/${action}/dist is stale: run \`npm run build\` and commit what it writes.\n`,
        );
      stale ||= !same;
    } else if (!same) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    process.stdout.write(`action/${action}/dist/index.js ${Buffer.byteLength(text)} bytes\n`);
  }
}
process.exitCode = stale ? 1 : 0;
