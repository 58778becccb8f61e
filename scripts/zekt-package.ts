import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { inputsOf, licencesOf } from "./licences.ts";

/** Bundles the command line; returns the files of its npm package, by name. It depends on no other package. */
export async function zektPackage(root: string): Promise<Record<string, string>> {
  const { outputFiles, metafile } = await build({
    entryPoints: [join(root, "cli/main.ts")],
    outfile: join(root, "cli/dist/zekt.js"),
    absWorkingDir: root,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    minify: true,
    legalComments: "eof",
    banner: { js: "#!/usr/bin/env node" },
    write: false,
    metafile: true,
  });
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  ) as Record<string, unknown>;
  // The first with `parseEnv` and `styleText`. Other commands hand over to a Node of their own.
  const engines = { node: ">=20.12" };
  const about = { name, version, description, license, type: "commonjs", engines, bin: { zekt: "zekt.js" } };
  return {
    "zekt.js": outputFiles[0]?.text ?? "",
    "package.json": `${JSON.stringify(about, null, 2)}\n`,
    "README.md": readFileSync(join(root, "docs/cli.md"), "utf8"),
    LICENSE: readFileSync(join(root, "LICENSE"), "utf8"),
    "licenses.txt": licencesOf(inputsOf(metafile), root),
  };
}
