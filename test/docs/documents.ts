import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A fenced block of a document. */
export interface Block {
  file: string;
  line: number;
  /** The first word after the fence, by which it is coloured. */
  language: string;
  /** The second word, where the language does not tell what it is. */
  shape: string;
  text: string;
}

export interface Document {
  file: string;
  text: string;
  blocks: Block[];
  /** The text without its blocks. */
  prose: string;
}

const FENCE = /^( *)```(\S*)[ \t]*(\S*)\n([\s\S]*?)^\1```$/gm;

/** Reads a document, named by its path from the root. */
export function readDocument(file: string): Document {
  const text = readFileSync(`${ROOT}${file}`, "utf8");
  const blocks = [...text.matchAll(FENCE)].map(
    ([, indent = "", language = "", shape = "", body = ""], index, all) => ({
      file,
      line: text.slice(0, all[index]?.index).split("\n").length,
      language,
      shape,
      text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
    }),
  );
  return { file, text, blocks, prose: text.replaceAll(FENCE, "") };
}

const inDocs = readdirSync(`${ROOT}docs`).filter((name) => name.endsWith(".md"));

/** The README and what it leads to. */
export const DOCUMENTS: readonly Document[] = ["README.md", ...inDocs.map((name) => `docs/${name}`)].map(
  readDocument,
);

/** The blocks of a document in a language, in their order. */
export const blocksOf = (file: string, language: string): string[] =>
  readDocument(file)
    .blocks.filter((block) => block.language === language)
    .map(({ text }) => text);

/** The only block of a document that holds a text. */
export function blockWith(file: string, part: string): string {
  const found = readDocument(file).blocks.filter(({ text }) => text.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} blocks of ${file} hold ${part}; one has to.`);
  return found[0]?.text ?? "";
}

/** Returns the text between backticks in a line, however many there are. */
export const codeIn = (line: string): string[] =>
  [...line.matchAll(/(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)/g)].map(([, , code = ""]) => code.trim());
