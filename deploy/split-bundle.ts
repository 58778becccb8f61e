import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Plugin, transform } from "esbuild";
import { inputsOf, licencesOf } from "../scripts/licences.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** serverless-esbuild puts what is in a folder of this name into one function's artefact, without the folder. */
const only = (name: string): string => `__only_${name}`;

/**
 * Puts what a function loads later into files of its own. V8 reads a file as a whole before its first line runs,
 * which takes a fifth of a start. esbuild splits ES modules alone. So it writes those first, and makes CommonJS of
 * each afterwards.
 * https://esbuild.github.io/api/#splitting
 */
export const splitBundle: Plugin = {
  name: "split-bundle",
  setup({ initialOptions, onEnd }) {
    const { outdir, banner, supported, entryPoints, target = "node24" } = initialOptions;
    const [entry] = entryPoints as string[];
    if (!entry || !outdir) throw new Error("A function is bundled from one file, into a folder.");
    const folder = dirname(entry);
    const own = join(outdir.slice(0, -folder.length), only(basename(entry, ".ts")), folder);
    delete initialOptions.banner;
    delete initialOptions.supported;
    Object.assign(initialOptions, { format: "esm", splitting: true, write: false, metafile: true });
    onEnd(async ({ outputFiles = [], metafile }) => {
      for (const { path, text } of outputFiles) {
        const { code } = await transform(text, {
          format: "cjs",
          minify: true,
          target,
          platform: "node",
          ...(banner?.js ? { banner: banner.js } : {}),
          ...(supported ? { supported } : {}),
        });
        const isEntry = basename(path, ".cjs") === basename(entry, ".ts");
        const file = isEntry ? path : join(own, basename(path));
        mkdirSync(dirname(file), { recursive: true });
        writeFileSync(file, code);
      }
      // A file that no function reads: what is bundled asks for its licence to go with it.
      if (metafile) writeFileSync(join(own, "licenses.txt"), licencesOf(inputsOf(metafile), ROOT));
    });
  },
};
