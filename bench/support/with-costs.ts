const BEGIN = "<!-- Written by `npm run costs` from what was measured and what AWS asks. -->";
const END = "<!-- The end of what `npm run costs` writes. -->";

/** Puts what is said of costs between the marks of a page. */
export function withCosts(page: string, costs: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`The page has no place for costs: "${BEGIN}" … "${END}".`);
  return `${page.slice(0, begin)}${BEGIN}\n\n${costs}\n\n${page.slice(end)}`;
}
