import type { Session } from "./types.ts";

/** Something wrong in what was sent, at a JSON pointer. */
export interface FieldError {
  pointer: string;
  detail: string;
}

/** An answer that is no success: the problem's words, and where in the input it is. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly errors: readonly FieldError[];

  constructor(status: number, detail: string, errors: ApiError["errors"] = []) {
    super(detail);
    this.status = status;
    this.errors = errors;
  }
}

/** Returns what is wrong at a place of what was sent, or within it. */
export const faultAt = (error: Error | null, pointer: string): string | undefined =>
  error instanceof ApiError
    ? error.errors.find((one) => `${one.pointer}/`.startsWith(`${pointer}/`))?.detail
    : undefined;

/** The person signed in, and the token that every change has to carry. */
type Signed = Pick<Session, "login" | "csrfToken">;

let signed: Signed | null = null;

/** Stores the session that changes are made by. That of another person, read by a tab of the first, changes nothing. */
export const setSigned = (session: Signed): void => {
  if (signed === null || session.login === signed.login) signed = session;
};

export type Params = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** An address of the API, or of the console itself, with those parameters that have a value. */
export function address(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const whole = path.startsWith("/console/") ? path : `/api${path}`;
  return `${whole}${query.size > 0 ? `?${query}` : ""}`;
}

/**
 * Reads a text of the API with the browser's session, exactly as it is.
 *
 * @throws ApiError as {@link call} does
 */
export async function readText(path: string): Promise<string> {
  const { text, ok, problem } = await send(address(path), {});
  if (ok) return text;
  throw problem();
}

/**
 * Calls the API with the browser's session.
 *
 * @throws ApiError where it is refused, or Zekt cannot be reached (status 0)
 */
export async function call<T>(
  method: string,
  path: string,
  { params, body, key }: { params?: Params; body?: unknown; key?: string | undefined } = {},
): Promise<T> {
  const ask = () =>
    send(address(path, params), {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(key === undefined ? {} : { "idempotency-key": key }),
        ...(method === "GET" || !signed?.csrfToken ? {} : { "x-csrf-token": signed.csrfToken }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const sentBy = signed;
  let answer = await ask();
  if (answer.status === 403 && method !== "GET" && (await isSignedInAnew(sentBy))) answer = await ask();
  if (!answer.ok) throw answer.problem();
  return (answer.text === "" ? null : JSON.parse(answer.text)) as T;
}

/**
 * Returns whether the same person has signed in in another tab since a change was sent. By the token of the session
 * before it was refused.
 *
 * @throws ApiError where somebody else has, in whose name nothing of this tab is to be changed
 */
async function isSignedInAnew(sentBy: Signed | null): Promise<boolean> {
  const answer = await send(address("/session"), {}).catch(() => null);
  const session = answer?.ok ? (parsed(answer.text) as Signed | null) : null;
  if (!session?.csrfToken) return false;
  if (signed && session.login !== signed.login) {
    throw new ApiError(
      403,
      `You signed in as ${session.login} in another tab. Reload this page to go on so.`,
    );
  }
  signed = session;
  return session.csrfToken !== sentBy?.csrfToken;
}

async function send(address: string, init: RequestInit) {
  const response = await fetch(address, init).catch(() => {
    throw new ApiError(0, "Zekt cannot be reached. Check your network connection.");
  });
  const text = await response.text();
  const problem = (): ApiError => {
    const json = parsed(text);
    const detail = String(json?.detail ?? (response.statusText || `Zekt answered ${response.status}.`));
    return new ApiError(response.status, detail, json?.errors as never);
  };
  return { text, ok: response.ok, status: response.status, problem };
}

/** Reads an object of the API's; null for what is none, such as a proxy's page. */
function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
