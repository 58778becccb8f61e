/** An answer that is no success: the problem's words, and where in the input it is. */
/** Something wrong in what was sent, at a JSON pointer. */
export interface FieldError {
  pointer: string;
  detail: string;
}

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

let csrfToken: string | null = null;

/** Stores the token that every change has to carry, as the session has it. */
export const setCsrfToken = (token: string | null): void => {
  csrfToken = token;
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
  const { text, ok, problem } = await send(address(path, params), {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(key === undefined ? {} : { "idempotency-key": key }),
      ...(method === "GET" || csrfToken === null ? {} : { "x-csrf-token": csrfToken }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!ok) throw problem();
  return (text === "" ? null : JSON.parse(text)) as T;
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
  return { text, ok: response.ok, problem };
}

/** Reads a problem; null for what is none, such as a proxy's page. */
function parsed(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown> | null;
  } catch {
    return null;
  }
}
