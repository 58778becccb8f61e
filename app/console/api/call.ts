/** An answer that is no success: the problem's words, and where in the input it is. */
export class ApiError extends Error {
  override name = "ApiError";
  readonly status: number;
  readonly errors: readonly { pointer: string; detail: string }[];

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
 * Calls the API with the browser's session.
 *
 * @throws ApiError where it is refused, or Zekt cannot be reached (status 0)
 */
export async function call<T>(
  method: string,
  path: string,
  { params, body }: { params?: Params; body?: unknown } = {},
): Promise<T> {
  const response = await fetch(address(path, params), {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(method === "GET" || csrfToken === null ? {} : { "x-csrf-token": csrfToken }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError(0, "Zekt cannot be reached. Is the network there?");
  });
  const text = await response.text();
  const json = text === "" ? null : (JSON.parse(text) as Record<string, unknown>);
  if (response.ok) return json as T;
  throw new ApiError(response.status, String(json?.detail ?? response.statusText), json?.errors as never);
}
