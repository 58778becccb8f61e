const BEGIN = "<!-- Written by `npm run figures` from what was measured. -->";
const END = "<!-- The end of what `npm run figures` writes. -->";

/** Puts what follows from the figures between the marks of a page. */
export function written(page: string, text: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The page has no place for figures: "${BEGIN}" … "${END}".`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${text}\n\n${page.slice(end)}`;
}
