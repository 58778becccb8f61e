import type { FieldError } from "../../domain/refusal.ts";

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

export const PROBLEM_TYPE = "application/problem+json";

/** An error as RFC 9457 has it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: readonly FieldError[];
}

/** Makes an error as RFC 9457 has it. */
export const problemOf = (status: number, detail: string, errors: readonly FieldError[] = []): Problem => ({
  type: "about:blank",
  title: TITLES[status] ?? "Error",
  status,
  detail,
  ...(errors.length > 0 ? { errors } : {}),
});

/** A response that says so. */
export function problem(
  status: number,
  detail: string,
  options: { errors?: readonly FieldError[]; headers?: Record<string, string> } = {},
): Response {
  const { errors, headers = {} } = options;
  return new Response(JSON.stringify(problemOf(status, detail, errors)), {
    status,
    headers: { "content-type": PROBLEM_TYPE, ...headers },
  });
}
