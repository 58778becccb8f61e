/** GitHub's own limit on a branch's name, in characters. */
const MAX_CHARACTERS = 255;

/** One character of a name, or what it may be. */
type Matches = (character: string) => boolean;

/** A part of a pattern: a character that comes once, at most once, at least once, or as often as it likes. */
interface Part {
  matches: Matches;
  isOptional: boolean;
  repeats: boolean;
}

interface Pattern {
  negated: boolean;
  parts: readonly Part[];
}

class PatternError extends Error {}

/**
 * Returns what is wrong with a branch pattern, in words for its author; null where it is one of GitHub's
 * filter patterns.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#filter-pattern-cheat-sheet
 */
export function problemOfBranchPattern(pattern: string): string | null {
  try {
    parsePattern(pattern);
    return null;
  } catch (error) {
    if (error instanceof PatternError) return error.message;
    throw error;
  }
}

/** Returns what is wrong with a list of patterns as a whole; null where it can match. */
export const problemOfBranchPatterns = (patterns: readonly string[]): string | null =>
  patterns.length > 0 && patterns.every((pattern) => pattern.startsWith("!"))
    ? "must hold a pattern without ! before those with one, such as **: these only take branches away"
    : null;

/**
 * Returns whether a branch is let through by a list of GitHub's filter patterns, of which the last that
 * matches decides. A stored pattern that is none matches nothing. Time grows with the product of the
 * lengths of name and pattern, whatever they hold.
 */
export function matchesBranch(branch: string, patterns: readonly string[]): boolean {
  let isLetThrough = false;
  for (const text of patterns) {
    if (problemOfBranchPattern(text) !== null) continue;
    const { negated, parts } = parsePattern(text);
    if (matchesParts(branch, parts)) isLetThrough = !negated;
  }
  return isLetThrough;
}

/** Follows all ways through a pattern at once, so that none has to be tried anew. */
function matchesParts(name: string, parts: readonly Part[]): boolean {
  let reached = withSkipped(new Set([0]), parts);
  for (const character of name) {
    const next = new Set<number>();
    for (const at of reached) {
      const part = parts[at];
      if (!part?.matches(character)) continue;
      next.add(at + 1);
      if (part.repeats) next.add(at);
    }
    if (next.size === 0) return false;
    reached = withSkipped(next, parts);
  }
  return reached.has(parts.length);
}

/** Adds the places that are reached by leaving out what is optional. A set is walked as it grows. */
function withSkipped(reached: Set<number>, parts: readonly Part[]): Set<number> {
  for (const at of reached) if (parts[at]?.isOptional) reached.add(at + 1);
  return reached;
}

const once = (matches: Matches): Part => ({ matches, isOptional: false, repeats: false });

function parsePattern(text: string): Pattern {
  const negated = text.startsWith("!");
  const characters = [...(negated ? text.slice(1) : text)];
  const start = negated ? 2 : 1;
  if (characters.length === 0) throw new PatternError("must not be empty");
  if (text.length > MAX_CHARACTERS) {
    throw new PatternError(`must have at most ${MAX_CHARACTERS} characters`);
  }
  const parts: Part[] = [];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    const refuse = (why: string): never => {
      throw new PatternError(`${why}, at character ${at + start}`);
    };
    if (/\s/.test(character)) refuse("must not hold spaces, as no branch has any");
    if (/[\^~:]/.test(character)) refuse(`must not hold ${character}, as no branch does`);
    if (/[{}()]/.test(character)) {
      refuse(
        `must not hold ${character}, as GitHub's patterns know no groups or braces (\\${character} for itself)`,
      );
    }
    if (character === "*") {
      const isDouble = characters[at + 1] === "*";
      if (isDouble) at += 1;
      parts.push({ matches: (one) => isDouble || one !== "/", isOptional: true, repeats: true });
    } else if (character === "?" || character === "+") {
      const before = parts.at(-1);
      if (!before || before.repeats || before.isOptional) {
        return refuse(`must have a character before ${character}, which it repeats`);
      }
      parts[parts.length - 1] = {
        ...before,
        isOptional: character === "?",
        repeats: character === "+",
      };
    } else if (character === "[") {
      const end = characters.indexOf("]", at + 1);
      if (end < 0) refuse("must close the [");
      parts.push(once(setOf(characters.slice(at + 1, end), refuse)));
      at = end;
    } else if (character === "]") {
      refuse("must open the ]");
    } else if (character === "\\") {
      const escaped = characters[at + 1];
      if (escaped === undefined) refuse("must have a character after \\");
      parts.push(once((one) => one === escaped));
      at += 1;
    } else parts.push(once((one) => one === character));
  }
  return { negated, parts };
}

/** Reads what stands in brackets: characters and ranges of a-z, A-Z and 0-9. */
function setOf(listed: readonly string[], refuse: (why: string) => never): Matches {
  if (listed.length === 0) refuse("must have characters in [ ]");
  const ranges: [from: string, to: string][] = [];
  for (let at = 0; at < listed.length; at++) {
    const from = listed[at] as string;
    if (!/^[\w.-]$/.test(from)) refuse(`must have letters, digits and ranges in [ ], not ${from}`);
    const to = listed[at + 1] === "-" ? listed[at + 2] : undefined;
    if (to === undefined) {
      ranges.push([from, from]);
      continue;
    }
    const isRange = [/[a-z]/, /[A-Z]/, /[0-9]/].some((kind) => kind.test(from) && kind.test(to));
    if (!isRange || from > to) refuse(`must have ranges such as a-z, A-Z and 0-9 in [ ], not ${from}-${to}`);
    ranges.push([from, to]);
    at += 2;
  }
  return (one) => ranges.some(([from, to]) => one >= from && one <= to);
}
