import { getPath } from "hono/utils/url";

/** Returns a path without the slash that a client adds which was given its address with one at the end. */
export const withoutDoubledSlash = (path: string): string => path.replace(/^\/+(api|github)\/+/, "/$1/");

/** Reads a request's path, as {@link withoutDoubledSlash} has it. */
export const plainPath = (request: Request): string => withoutDoubledSlash(getPath(request));
