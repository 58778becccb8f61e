import { readDate } from "../../shared/retry-after.ts";

/**
 * The one version of the REST API that Zekt speaks: each Enterprise Server in support knows it.
 * https://docs.github.com/en/rest/about-the-rest-api/api-versions
 */
export const API_VERSION = "2022-11-28";

/** Headers that each request to GitHub has. */
export const COMMON_HEADERS = { "user-agent": "zekt", "x-github-api-version": API_VERSION } as const;

/** GitHub's words for a version that it does not know, with 400. */
const UNKNOWN_VERSION = /\bnot a supported version\b/i;
/** Its words, with 410, where an issue was deleted or issues are switched off: that says nothing of the version. */
const OF_ISSUES = /\bissues?\b/i;

/**
 * Returns a sentence where GitHub does not serve the version, or no such request of it any more; null for any other
 * answer. Nothing was done then, and nothing is gone.
 */
export function versionRefusal(status: number, message: string): string | null {
  const isRefused =
    (status === 410 && !OF_ISSUES.test(message)) || (status === 400 && UNKNOWN_VERSION.test(message));
  if (!isRefused) return null;
  const said = message === "" ? "" : `: ${message.replace(/\.$/, "")}`;
  return `GitHub answered ${status}${said}. It does not serve this by version ${API_VERSION} of its API: this Zekt's operator updates Zekt.`;
}

/** The announced end of a version, or of a request. */
export interface AnnouncedEnd {
  /** GitHub's name for what ends: the method and the path, whose ids are left out. */
  request: string;
  /** The moment from which it is not served; null where GitHub names none. */
  sunset: string | null;
}

/**
 * Reads from an answer's headers that what was asked for will end; null where they say nothing of it.
 * https://www.rfc-editor.org/rfc/rfc8594, https://www.rfc-editor.org/rfc/rfc9745
 */
export function announcedEnd(method: string, url: string, headers: Headers): AnnouncedEnd | null {
  const sunset = readDate(headers.get("sunset"));
  if (sunset === null && !headers.has("deprecation")) return null;
  const path = new URL(url).pathname.replace(/\/\d+(?=\/|$)/g, "/…");
  return { request: `${method} ${path}`, sunset: sunset === null ? null : new Date(sunset).toISOString() };
}
