import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";

/** Stands in for the toolkit's HTTP client. */
const HTTP_CLIENT = fileURLToPath(new URL("../action/shared/toolkit-http-client.ts", import.meta.url));

/**
 * Leaves out of GitHub's toolkit what the actions never use: its HTTP client, for which a smaller one exists, its
 * Octokit, and its process runner.
 * https://github.com/actions/toolkit
 */
export const leanToolkit: Plugin = {
  name: "lean-toolkit",
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^@actions\/http-client(\/.*)?$/ }, () => ({
      path: HTTP_CLIENT,
      sideEffects: false,
    }));
    onResolve({ filter: /^\.\/utils(\.js)?$/ }, ({ importer }) =>
      /@actions[\\/]github[\\/]lib[\\/]github\.js$/.test(importer)
        ? { path: "no-octokit", namespace: "lean", sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /.*/, namespace: "lean" }, () => ({
      contents: "export const GitHub = undefined, getOctokitOptions = undefined;",
    }));
    // What of these nobody calls is dropped; their packages do not say that it may be.
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
