import ts from "typescript";

/** The longest sentence of a doc comment, in words. */
export const MOST_WORDS = 25;

const CLAUSE = /^(What|Who|Whoever|Whether|Of|That|How)\b/;

/** Verbs that say little of what code does: it records, raises, returns, makes, releases, stores or claims. */
const VAGUE = /^(Notes|Tells|Has|Lets|Keeps|Takes|Tends|Looks|Hands|Settles)\b/;

/** A doc comment that is hard to read, and what to change. */
export interface CommentFault {
  line: number;
  message: string;
}

/** Returns the faults of a file's doc comments: those that begin with a clause or a vague verb, and overlong sentences. */
export function commentFaults(path: string, text: string): CommentFault[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const docs = new Set<ts.JSDoc>();
  const visit = (node: ts.Node): void => {
    for (const doc of (node as ts.JSDocContainer & { jsDoc?: ts.JSDoc[] }).jsDoc ?? []) docs.add(doc);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...docs].flatMap((doc) => {
    const line = source.getLineAndCharacterOfPosition(doc.pos).line + 1;
    return faultsOf(proseOf(doc)).map((message) => ({ line, message }));
  });
}

/** Returns the text of a comment before its tags, on one line, with addresses and code as single words. */
const proseOf = ({ comment }: ts.JSDoc): string =>
  (ts.getTextOfJSDocComment(comment) ?? "")
    .replaceAll(/`[^`]*`/g, "Code")
    .replaceAll(/https?:\S+/g, "")
    .replaceAll(/\n-\s/g, ". Item: ")
    .replaceAll(/\s+/g, " ")
    .trim();

function faultsOf(prose: string): string[] {
  const start = CLAUSE.exec(prose)?.[1];
  const faults = start ? [`begins with "${start}": begin with a verb, or with the thing's name`] : [];
  const vague = VAGUE.exec(prose)?.[1];
  if (vague)
    faults.push(`begins with "${vague}": say what it does, such as Records, Returns, Raises or Makes`);
  for (const sentence of prose.split(/(?<=[.?!])\s+(?=[A-Z])/)) {
    const words = sentence.split(" ").length;
    if (words > MOST_WORDS)
      faults.push(`has a sentence of ${words} words, at most ${MOST_WORDS}: ${sentence}`);
  }
  return faults;
}
