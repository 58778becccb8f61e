import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import type { Plugin } from "vite";
import { licencesOf } from "./licences.ts";

const program = new Command("npm run console --")
  .description("Builds the web console into app/console/dist, where Zekt serves it from.")
  .option("--if-stale", "only where its sources or packages changed since the last build")
  .option("--out <folder>", "into this folder")
  .parse();

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "app/console");
const { ifStale, out = join(folder, "dist") } = program.opts<{ ifStale?: boolean; out?: string }>();
const marker = join(out, ".built-from");

/** Tests build React with its warnings, which is larger and slower: that build must not be served to anyone. */
const mode = process.env.NODE_ENV ?? "production";

/** A hash of everything that the build is made of. */
function sourcesHash(): string {
  const hash = createHash("sha256")
    .update(mode)
    .update(readFileSync(join(root, "package-lock.json")));
  const files = globSync("**/*.{ts,tsx,css,html}", { cwd: folder, exclude: ["dist/**"] }).sort();
  for (const file of files) hash.update(file).update(readFileSync(join(folder, file)));
  return hash.digest("hex");
}

/** Puts the licences of the packages that the console is made of beside it; Vite itself keeps none. */
const licences: Plugin = {
  name: "licences",
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((one) => (one.type === "chunk" ? one.moduleIds : []));
    this.emitFile({ type: "asset", fileName: "licenses.txt", source: licencesOf(modules, root) });
  },
};

const wanted = sourcesHash();
const isFresh = existsSync(marker) && readFileSync(marker, "utf8") === wanted;
if (!isFresh || !ifStale) {
  if (!existsSync(join(root, "node_modules/vite"))) {
    const state = existsSync(marker)
      ? "is built from other sources than these, or for tests"
      : "is not built";
    process.stderr.write(
      `The console ${state}; all the rest works. To build it run \`npm run console\`, which installs the packages that this takes; \`npm prune --omit=dev\` removes them again.\n`,
    );
    process.exit(1);
  }
  process.stderr.write("Building the console (a few seconds) …\n");
  const { build } = await import("vite");
  await build({
    configFile: join(folder, "vite.config.ts"),
    logLevel: "warn",
    plugins: [licences],
    build: { outDir: out },
  });
  writeFileSync(marker, wanted);
}
