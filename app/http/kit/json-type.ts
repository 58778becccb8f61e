import type { MiddlewareHandler } from "hono";
import { isJsonType } from "../../domain/headers.ts";

const JSON_TYPE = "application/json";

/** Gives every way of naming JSON the one name that the routes' library compares with. */
export const plainJsonType: MiddlewareHandler = async ({ req }, next) => {
  const type = req.header("content-type");
  if (type !== undefined && type !== JSON_TYPE && isJsonType(type))
    req.raw.headers.set("content-type", JSON_TYPE);
  await next();
};
