import type { Context } from "hono";
import { bodyOf } from "../context.ts";

/** Reads a form or a JSON body, as GitHub's sign-in takes both; the query counts too. */
export async function formOf(context: Context): Promise<Record<string, string | undefined>> {
  const query = context.req.query();
  if (context.req.header("content-type")?.includes("json")) {
    return { ...query, ...((await bodyOf(context)) as Record<string, string>) };
  }
  return { ...query, ...Object.fromEntries(new URLSearchParams(await context.req.text())) };
}

/** Answers with a form, or with JSON where that is asked for, as GitHub's sign-in does; always 200. */
export function formAnswer(context: Context, answer: Record<string, string>): Response {
  if (context.req.header("accept")?.includes("json")) {
    const numbers = /^(expires_in|refresh_token_expires_in|interval)$/;
    return context.json(
      Object.fromEntries(
        Object.entries(answer).map(([name, value]) => [name, numbers.test(name) ? Number(value) : value]),
      ),
    );
  }
  return context.body(new URLSearchParams(answer).toString(), 200, {
    "content-type": "application/x-www-form-urlencoded; charset=utf-8",
  });
}
