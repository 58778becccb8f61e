import ts from "typescript";

/** A phrase that is not to come back, and a plainer one. */
type Phrase = readonly [hard: RegExp, plain: string];

/** Phrases that readers stumbled over, with the words to use instead. */
const PHRASES: readonly Phrase[] = [
  [/\borgani[s]ation/i, "organization"],
  [/\bmend(s|ed|ing)?\b/i, "fix"],
  [/\b(see|sees|saw|seen|seeing) to (it|them|that|this)?\b/i, "handle, or fix"],
  [/\b(let|lets|letting) (\w+ )?out\b/i, "allow, or send"],
  [/\b(take|takes|took|taken|taking) (\w+ )?back\b/i, "remove, or withdraw"],
  [/\bgiv(e|es|en|ing) up\b|\bgave up\b/i, "stop, or fail"],
  [
    /\b(take|takes|took|taken|taking) (\w+ )?(a delivery |it )?on\b(?! (the|a|an|it|GitHub|AWS|Node)\b)/i,
    "confirm",
  ],
  [/\bwhoever\b/i, "the person who, or name them"],
  [/\basked for\b(?=[;.,]|$)/i, "requested"],
  [/\bask(s|ed|ing)? anew\b/i, "request again"],
  [/\bhad to say\b/i, "the message it attached"],
  [/\b(is|are|was|were) told of\b/i, "is notified of, or sees"],
  [/\bsay(s)? otherwise\b/i, "by default"],
  [/\bnot yours to see\b/i, "you don't have access"],
  [/\bstands? in (its|the) way\b/i, "ready, or blocks"],
  [/\bno attempt and it does not age\b/i, "does not use up an attempt"],
  [/\bkept to\b/i, "honoured"],
  [/\bgives way to\b/i, "is replaced by"],
  [/\bthat no run's end follows\b/i, "whose run never finishes"],
];

/** A phrase that was found, where, and what to write instead. */
export interface HardPhrase {
  line: number;
  message: string;
}

/** Finds the hard phrases in a text for people; code of Markdown is left out. */
export function hardPhrases(text: string, firstLine = 1): HardPhrase[] {
  let isCode = false;
  return text.split("\n").flatMap((line, index) => {
    if (/^\s*```/.test(line)) isCode = !isCode;
    if (isCode) return [];
    const prose = line.replaceAll(/`[^`]*`/g, "").replaceAll(/\]\([^)]*\)/g, "]");
    return PHRASES.flatMap(([hard, plain]) => {
      const found = hard.exec(prose)?.[0];
      return found ? [{ line: firstLine + index, message: `says "${found.trim()}": write ${plain}` }] : [];
    });
  });
}

/** Finds the hard phrases in the texts of a source file that people may read: its strings and JSX. */
export function hardPhrasesInSource(path: string, text: string): HardPhrase[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: HardPhrase[] = [];
  const visit = (node: ts.Node): void => {
    const isText = ts.isStringLiteral(node) || ts.isTemplateLiteralToken(node) || ts.isJsxText(node);
    // One word is a name of the program's own.
    if (isText && node.text.trim().includes(" ")) {
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      found.push(...hardPhrases(node.text, line));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}
