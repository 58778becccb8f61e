import { globSync, readFileSync } from "node:fs";
import ts from "typescript";
import { ROOT } from "./documents.ts";

/** A text of the product: what is fixed, with something that varies between each two parts. */
type Template = readonly string[];

const SOURCES = ["app/**/*.ts", "action/**/*.ts", "demo/**/*.ts"];
/** The least fixed characters of a template: one that fixes fewer would match almost anything. */
const LEAST_FIXED = 10;
const LEAST_SHARE = 0.3;

const flat = (text: string): string => text.replaceAll(/\s+/g, " ");

function templatesIn(file: string): Template[] {
  const found: Template[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) found.push([node.text]);
    if (ts.isTemplateExpression(node))
      found.push([node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)]);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest));
  return found.map((parts) => parts.map(flat)).map(trimEnds);
}

const trimEnds = (parts: Template): Template =>
  parts.map((part, index) => {
    const start = index === 0 ? part.trimStart() : part;
    return index === parts.length - 1 ? start.trimEnd() : start;
  });

/** Every text in the sources of server, actions and demo. */
const TEMPLATES: readonly Template[] = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .filter((file) => !file.includes("/dist/") && !file.startsWith("app/console/"))
  .flatMap((file) => templatesIn(`${ROOT}${file}`))
  .filter((parts) => parts.join("").length >= LEAST_FIXED);

/** Returns how many fixed characters of a template match a text from here on, or -1 where it does not match. */
function fixed(parts: Template, index: number, text: string, cut: boolean): number {
  const part = parts[index] ?? "";
  if (cut && part.startsWith(text)) return text.length;
  if (!text.startsWith(part)) return -1;
  const rest = text.slice(part.length);
  if (index === parts.length - 1) return rest === "" ? part.length : -1;
  for (let taken = 0; taken <= rest.length; taken += 1) {
    const more = fixed(parts, index + 1, rest.slice(taken), cut);
    if (more >= 0) return part.length + more;
  }
  return -1;
}

/**
 * Returns whether the product says something: a text of its sources matches, with `…` or an example for its
 * variable parts. A text that ends in ` …` may continue.
 */
export function isSaid(message: string): boolean {
  const whole = flat(message);
  const cut = whole.endsWith(" …");
  const text = cut ? whole.slice(0, -1).trimEnd() : whole;
  const enough = Math.max(LEAST_FIXED, text.length * LEAST_SHARE);
  return TEMPLATES.some(
    (parts) => Math.max(fixed(parts, 0, text, cut), fixed(parts, 0, whole, false)) >= enough,
  );
}
