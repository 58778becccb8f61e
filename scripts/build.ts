import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { build, type Plugin } from "esbuild";
import { leanToolkit } from "./lean-toolkit.ts";
import { inputsOf, licencesOf } from "./licences.ts";
import { zektPackage } from "./zekt-package.ts";

const program = new Command("npm run build --")
  .description(
    "Builds the actions' bundles, which are committed so that a workflow can use them as they are, and the npm package of the command line, cli/dist.",
  )
  .option("--check", "write nothing; fail where a committed bundle is stale")
  .parse();
const { check = false } = program.opts<{ check?: boolean }>();

const root = fileURLToPath(new URL("..", import.meta.url));
/** The actions, each with its entry; that of validate is the command line's, whose rules it runs. */
const ACTIONS: Record<string, string> = {
  send: "action/send/main.ts",
  confirm: "action/confirm/main.ts",
  complete: "action/complete/main.ts",
  validate: "cli/action.ts",
};

/** The parts of actions that are loaded only by steps that need them, by the files of their bundles. */
const PARTS: Record<string, Record<string, string>> = {
  send: { "shield.js": "action/send/shield.ts", "schema.js": "action/send/schema.ts" },
  confirm: { "unshield.js": "action/confirm/unshield.ts" },
};

/** Leaves what is imported when it is needed to a bundle of its own. */
const apart: Plugin = {
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/[\w-]+\.ts$/ }, ({ kind, path }) =>
      kind === "dynamic-import" ? { path: path.replace(/ts$/, "js"), external: true } : undefined,
    );
  },
};

/**
 * Bundles one action; returns what stands in its dist/, by name. CommonJS, since importing node:http as
 * an ES module makes Node evaluate all it exports, its WebSocket among them: that doubles a step's time.
 */
async function bundle(action: string, entry: string): Promise<Record<string, string>> {
  const parts = { "index.js": entry, ...PARTS[action] };
  const { outputFiles, metafile } = await build({
    entryPoints: Object.entries(parts).map(([name, file]) => ({
      in: join(root, file),
      out: name.replace(/\.js$/, ""),
    })),
    outdir: join(root, "action", action, "dist"),
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    minify: true,
    legalComments: "eof",
    write: false,
    metafile: true,
    plugins: [leanToolkit, ...(PARTS[action] ? [apart] : [])],
  });
  return {
    ...Object.fromEntries(outputFiles.map(({ path, text }) => [basename(path), text])),
    "package.json": '{ "type": "commonjs" }\n',
    "licenses.txt": licencesOf(inputsOf(metafile), root),
  };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

for (const [action, entry] of Object.entries(ACTIONS)) {
  for (const [name, text] of Object.entries(await bundle(action, entry))) {
    const file = `action/${action}/dist/${name}`;
    const path = join(root, file);
    const fresh = existsSync(path) && readFileSync(path, "utf8") === text;
    if (check && !fresh) {
      process.stderr.write(`${file} is stale: run \`npm run build\` and commit what it writes.\n`);
      process.exitCode = 1;
    }
    if (!check && !fresh) write(path, text);
    if (name.endsWith(".js")) process.stdout.write(`${file} ${Buffer.byteLength(text)} bytes\n`);
  }
}

for (const [name, text] of Object.entries(await zektPackage(root))) {
  const file = `cli/dist/${name}`;
  if (!check) write(join(root, file), text);
  if (name === "zekt.js") {
    if (!check) chmodSync(join(root, file), 0o755);
    process.stdout.write(`${file} ${Buffer.byteLength(text)} bytes\n`);
  }
}
