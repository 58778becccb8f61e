import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";

/** An error of a connection, as Node and its `fetch` describe it; an aggregate holds one for each address tried. */
interface ConnectionError {
  message?: string;
  code?: unknown;
  syscall?: string;
  errors?: readonly ConnectionError[];
  cause?: unknown;
}

/** Codes of connections that failed before a request could leave. */
const NEVER_SENT = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_PRX_CONN",
  "ERR_SSL_WRONG_VERSION_NUMBER",
]);
/** System calls before anything is sent. */
const BEFORE_SENDING = new Set(["connect", "getaddrinfo"]);
/** OpenSSL's and Node's codes of certificates: https://nodejs.org/docs/latest-v24.x/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT_)|_CERTS?(?:_|$)|^UNABLE_TO_VERIFY_LEAF_SIGNATURE$|^HOSTNAME_MISMATCH$/;
/** The words of `fetch` for a proxy that does not open a tunnel, and of TLS for one that ends before it begins. */
const NO_TUNNEL = /^Proxy response \((\d{3})\) !== 200 when HTTP Tunneling/;
/** HTTP/2's word for a request that its server did not begin with: https://www.rfc-editor.org/rfc/rfc9113#section-8.7 */
const NOT_BEGUN = /\bNGHTTP2_REFUSED_STREAM\b/;
const NO_TLS = /before secure TLS connection was established/;

/**
 * Returns why a request never left, so that nothing can have been done; null where it may have left. There was no
 * connection, no tunnel through the proxy, or no certificate that is trusted here.
 */
export function whyNeverSent(error: unknown): string | null {
  for (let one = error as ConnectionError | undefined; one; one = one.cause as ConnectionError | undefined) {
    const reason = reasonOf(one);
    if (reason !== null) return reason;
  }
  return null;
}

/** The system's codes of a process or machine that has no room for another connection: files, ports or memory. */
const NO_ROOM = new Set(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS", "ENOMEM"]);
/** Files that a process is to have left: in a burst of connections some are free at any moment. */
const SPARE_FILES = 16;

/**
 * Returns the system's code where a request never left since this machine had no room for its connection, which says
 * nothing of GitHub; null otherwise. Where several addresses were tried, it had none for each.
 */
export function noRoomOf(error: unknown): string | null {
  for (let one = error as ConnectionError | undefined; one; one = one.cause as ConnectionError | undefined) {
    const [code = null, ...others] = (one.errors ?? [one]).map(codeOfNoRoom);
    if (code !== null && !others.includes(null)) return code;
  }
  return null;
}

function codeOfNoRoom({ code, syscall = "" }: ConnectionError): string | null {
  if (NO_ROOM.has(String(code)) && BEFORE_SENDING.has(syscall)) return String(code);
  // A process's first lookup reads how to look names up: without a file each name is unknown to it, ENOTFOUND.
  return syscall === "getaddrinfo" ? codeOfNoFile() : null;
}

/** Returns the system's code where this process can hardly open a file; null where it can. */
function codeOfNoFile(): string | null {
  const opened: number[] = [];
  try {
    while (opened.length < SPARE_FILES) opened.push(openSync(devNull, "r"));
    return null;
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return NO_ROOM.has(code) ? code : null;
  } finally {
    for (const file of opened) closeSync(file);
  }
}

function reasonOf(error: ConnectionError): string | null {
  const { message = "", syscall = "", cause } = error;
  const code = typeof error.code === "string" ? error.code : "";
  const [, status] = NO_TUNNEL.exec(message) ?? [];
  // `fetch` makes an error without a word of an answer 407.
  const isUnworded =
    message === "fetch failed" && cause instanceof Error && cause.message === "" && !("code" in cause);
  if (status || isUnworded)
    return `A proxy answered ${status ?? 407} in GitHub's place, and passed nothing on. Check HTTPS_PROXY, and what the proxy allows.`;
  if (CERTIFICATE.test(code))
    return `The certificate of GitHub's address is not trusted (${code}). Where a proxy has its own, name its authority in NODE_EXTRA_CA_CERTS.`;
  const isTried = (one: ConnectionError): boolean =>
    NEVER_SENT.has(String(one.code)) || BEFORE_SENDING.has(one.syscall ?? "");
  if (
    NEVER_SENT.has(code) ||
    BEFORE_SENDING.has(syscall) ||
    (error.errors?.length && error.errors.every(isTried))
  )
    return `GitHub could not be reached (${code || "no connection"}).`;
  if (NOT_BEGUN.test(message))
    return "GitHub's server sent the request back before it read it (REFUSED_STREAM).";
  return NO_TLS.test(message) ? "GitHub could not be reached (the connection ended before TLS began)." : null;
}
