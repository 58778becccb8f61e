import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { shippedOf } from "./shipped.ts";
import type { Lock } from "./supply-chain-checks.ts";

interface Package {
  name: string;
  version: string;
  license: string;
  author?: string | { name: string };
  repository?: string | { url: string };
}

/** The files that a bundle of esbuild's holds code of. */
export const inputsOf = ({ outputs }: Metafile): string[] =>
  Object.values(outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path);

/**
 * Returns the licence texts of the packages that some files are of, as their licences ask. A text that several
 * packages share stands there once. Paths are relative to the root, or below it.
 *
 * Throws for a package that ships and is in neither `dependencies` nor `BUNDLED`. The checks of licences and
 * vulnerabilities, and the list of what ships, would all leave it out.
 */
export function licencesOf(files: readonly string[], root: string): string {
  const shipped = shippedOf(JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as Lock);
  const folders = files
    .map((path) => /(?:^|\/)(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)/.exec(path)?.[1])
    .filter((folder) => folder !== undefined);
  const byText = new Map<string, string[]>();
  for (const folder of [...new Set(folders)].sort()) {
    if (!shipped.has(folder)) {
      throw new Error(
        `${folder} ships, but only a devDependency asks for it: move that to dependencies, or name it in BUNDLED of scripts/shipped.ts.`,
      );
    }
    const { title, text } = noticeOf(join(root, folder));
    byText.set(text, [...(byText.get(text) ?? []), title]);
  }
  return [...byText].map(([text, titles]) => `${titles.join("\n")}\n\n${text}\n`).join("\n");
}

function noticeOf(folder: string): { title: string; text: string } {
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;
  const read = (file: string): string =>
    readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
  const files = readdirSync(folder).sort();
  const licence = files.find((file) => /^licen[cs]e(\.|$)/i.test(file));
  const notice = files.find((file) => /^notice(\.|$)/i.test(file));
  return {
    title: `${about.name} ${about.version} (${about.license})`,
    text: [licence ? read(licence) : standardText(about), ...(notice ? [read(notice)] : [])].join("\n\n"),
  };
}

/** The text that a package's licence is known by, for one that names it and does not bring it along. */
function standardText({ name, license, author, repository }: Package): string {
  const by = typeof author === "string" ? author : author?.name;
  const at = typeof repository === "string" ? repository : repository?.url;
  const names = license.replace(/[()]/g, "").split(" AND ");
  const texts = names.map((one) => readFileSync(new URL(`./licences/${one}.txt`, import.meta.url), "utf8"));
  const text = texts.map((one) => one.trim()).join("\n\n");
  return `Copyright (c) ${by || `the authors of ${at?.replace(/^git\+/, "") ?? name}`}\n\n${text}`;
}
