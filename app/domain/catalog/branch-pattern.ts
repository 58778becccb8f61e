/** GitHub's own limit on a branch's name, in characters. */
const MAX_CHARACTERS = 255;
/** Wildcards beyond these could take a matcher seconds on a name made for it. */
const MAX_STARS = 3;
const MAX_FOLDERS = 2;

/** What is wrong with a branch pattern, in words for whoever wrote it; null where it is good. */
export function problemOfBranchPattern(pattern: string): string | null {
  if (pattern === "") return "must not be empty";
  if (pattern.length > MAX_CHARACTERS) return `must have at most ${MAX_CHARACTERS} characters`;
  if (/\s/.test(pattern)) return "must not hold spaces: no branch has any";
  if (pattern.startsWith("!")) return "must say which branches may leave; a leading ! is not understood";
  if (/[!?*+@]\(/.test(pattern))
    return "must be made of *, **, ?, [ ] and { }; groups in ( ) are not understood";
  const folders = pattern.match(/\*\*\//g)?.length ?? 0;
  const stars = pattern.replaceAll("**/", "").match(/\*+/g)?.length ?? 0;
  if (stars > MAX_STARS || folders > MAX_FOLDERS) {
    return `must have at most ${MAX_STARS} stars and ${MAX_FOLDERS} times **/`;
  }
  return null;
}
