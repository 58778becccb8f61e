import type { MiddlewareHandler } from "hono";

const JSON_TYPE = "application/json";

/** JSON by its own type or by one of somebody's that ends in `+json`: RFC 6838, sections 4.2 and 4.2.8. */
const NAMES_JSON = /^application\/(?:[\w!#$&^.+-]*\+)?json$/i;

/** Returns whether a `content-type` names JSON, whatever parameters and spaces follow: RFC 9110, section 8.3.1. */
export const isJsonType = (contentType: string): boolean =>
  NAMES_JSON.test((contentType.split(";", 1)[0] as string).trim());

/** Gives every way of naming JSON the one name that the routes' library compares with. */
export const plainJsonType: MiddlewareHandler = async ({ req }, next) => {
  const type = req.header("content-type");
  if (type !== undefined && type !== JSON_TYPE && isJsonType(type))
    req.raw.headers.set("content-type", JSON_TYPE);
  await next();
};
