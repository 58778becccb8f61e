/** Shortens what a stranger says to what a sentence may hold: printable, and not long. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, "").slice(0, 60);

/**
 * Says what answered in GitHub's place: a proxy's page, or a redirect to where one signs in. Names the
 * status, the kind of content and the host, never the content or an address's query.
 */
export function foreignAnswer(status: number, get: (name: string) => string | null): string {
  const location = get("location");
  if (status >= 300 && status < 400) {
    const host = plain(URL.parse(location ?? "")?.host ?? "");
    return `GitHub's address answered ${status}, a redirect${host ? ` to ${host}` : ""}, which is not followed. Check GITHUB_API_URL and the proxy before it.`;
  }
  const type = plain(get("content-type")?.split(";")[0] ?? "");
  const server = plain(get("server") ?? "");
  const what = [type, server && `from ${server}`].filter(Boolean).join(" ");
  return `GitHub's address answered ${status}${what ? ` (${what})` : ""}, which is not GitHub's answer. Check GITHUB_API_URL and the proxy before it.`;
}
