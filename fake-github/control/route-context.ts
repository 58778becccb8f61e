import type { Context } from "hono";
import { param } from "../context.ts";

/** `owner/repo` of a route's path. */
export const fullNameOf = (context: Context): string =>
  `${param(context, "owner")}/${param(context, "repo")}`;

export const idOf = (context: Context): number => Number(param(context, "id"));
