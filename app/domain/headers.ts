/* Headers of requests and answers, each read in one place: whatever a header holds, its length bounds the work. */

/** No server or gateway here passes a longer header on. */
const LONGEST = 64 * 1024;
/** An address of a page, with what surrounds it, is shorter. */
const LONGEST_LINK = 8 * 1024;

/**
 * Reads the token of an `authorization` header; null where it names none.
 * https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function readBearer(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > LONGEST) return null;
  const token = authorization.slice(0, 7).toLowerCase() === "bearer " ? authorization.slice(7).trim() : "";
  return token === "" ? null : token;
}

/** JSON by its own type or by one of somebody's that ends in `+json`: RFC 6838, sections 4.2 and 4.2.8. */
const NAMES_JSON = /^application\/(?:[\w!#$&^.+-]{1,120}\+)?json$/i;
const LONGEST_TYPE = 1024;

/** Returns whether a `content-type` names JSON, whatever parameters and spaces follow: RFC 9110, section 8.3.1. */
export function isJsonType(contentType: string): boolean {
  if (contentType.length > LONGEST_TYPE) return false;
  return NAMES_JSON.test((contentType.split(";", 1)[0] as string).trim());
}

/** Reads a `content-length`, in bytes; null where it is none, as of a body that does not say how long it is. */
export const readLength = (contentLength: string | undefined): number | null =>
  contentLength !== undefined && /^\d{1,15}$/.test(contentLength) ? Number(contentLength) : null;

/**
 * Reads the address of the next page from a `link` header; null where there is none.
 * https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api
 */
export function readNextPage(link: string | undefined): URL | null {
  if (link === undefined || link.length > LONGEST_LINK) return null;
  for (const part of link.split("<").slice(1)) {
    const address = /^([^>]*)>.*;\s{0,8}rel="?next\b/i.exec(part)?.[1];
    if (address !== undefined) return URL.parse(address);
  }
  return null;
}
