/** Changes of single characters that a slip of the fingers makes, at most; of a short name half of it. */
const MOST_CHANGES = 4;

/** Returns the name that is most like a misspelt one; null where none is like it. */
export function nearestName(given: string, names: readonly string[]): string | null {
  const [nearest] = names
    .map((name) => ({ name, changes: changesBetween(given, name) }))
    .sort((a, b) => a.changes - b.changes);
  return nearest && nearest.changes <= Math.min(MOST_CHANGES, given.length / 2) ? nearest.name : null;
}

/** Asks whether the name that is most like a misspelt one is meant; empty where none is like it. */
export function isItMeant(given: string, names: readonly string[]): string {
  const nearest = nearestName(given, names);
  return nearest === null ? "" : ` Is ${nearest} meant?`;
}

/** Counts the characters to insert, remove or replace to make one text of another. */
function changesBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
