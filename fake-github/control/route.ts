import type { Context } from "hono";
import type { z } from "zod";

/** A route of the control API: what it takes and what it does. */
export interface ControlRoute {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Under `/_control`. */
  path: string;
  does: string;
  body?: z.ZodType;
  run(context: Context, body: never): unknown;
}

/** A route whose body has a schema, which its handler is given parsed. */
export const route = <S extends z.ZodType = z.ZodType<Record<string, never>>>(
  method: ControlRoute["method"],
  path: string,
  does: string,
  run: (context: Context, body: z.output<S>) => unknown,
  body?: S,
): ControlRoute => ({ method, path, does, run, ...(body ? { body } : {}) });
