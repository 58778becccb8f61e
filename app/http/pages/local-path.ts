const HOME = "/console/";

/**
 * A page of the console to go back to, or its first one: a link must not send whoever signs in to
 * another site. What a browser would read as another host does not begin with the console's path.
 */
export function localPath(wanted: string | undefined): string {
  if (wanted === undefined || !/^\/console(?:[/?#]|$)/.test(wanted) || /[\\\p{Cc}]/u.test(wanted))
    return HOME;
  const { pathname, search, hash } = new URL(wanted, "http://here.invalid");
  return /^\/console(?:\/|$)/.test(pathname) ? `${pathname}${search}${hash}` : HOME;
}
