import { isJsonType } from "../domain/headers.ts";
import { isLimit, waitHeaders } from "../domain/wait.ts";

/** Reads a header of an answer; null where it is not there. */
type ReadHeader = (name: string) => string | null;

/**
 * Returns whether an answer is not GitHub's own. GitHub answers a request of the REST API with JSON, and refuses it
 * with JSON. A page and a redirect come from something in between, and say nothing of what was asked for. A limit
 * counts, no matter who states it, and a gateway's error is a failure like GitHub's.
 */
export function isForeignAnswer(status: number, get: ReadHeader): boolean {
  if (status >= 500 || status === 204 || status === 205 || status === 304) return false;
  if (status >= 300 && status < 400) return true;
  if (isLimit(status, waitHeaders(get), "")) return false;
  const type = get("content-type");
  return type !== null && !isJsonType(type);
}

/** Shortens what a stranger says to what a sentence may hold: printable, and not long. */
const plain = (text: string): string => text.replace(/[^\x20-\x7e]/g, "").slice(0, 60);

/**
 * Says what answered in GitHub's place: a proxy's page, or a redirect to where one signs in. Names the
 * status, the kind of content and the host, never the content or an address's query.
 */
export function foreignAnswer(status: number, get: ReadHeader): string {
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
