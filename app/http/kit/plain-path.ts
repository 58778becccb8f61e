import { getPath } from "hono/utils/url";

/** Returns a path without the slash that a client adds which was given its address with one at the end. */
export const withoutDoubledSlash = (path: string): string => path.replace(/^\/+(api|github)\/+/, "/$1/");

/**
 * Encodes the slashes of a workflow file's path at the end of an address. HTTP APIs of AWS hand a path over
 * decoded, so that they arrive plain there: https://github.com/honojs/hono/issues/2156
 */
const withEncodedWorkflow = (path: string): string =>
  path.replace(
    /^(\/api\/repositories\/[^/]+\/workflows\/)(.+)$/,
    (_, before: string, file: string) => before + file.replaceAll("/", "%2F"),
  );

/** Reads the path of a request as the routes have it, whatever a client or gateway did to its slashes. */
export const plainPath = (request: Request): string =>
  withEncodedWorkflow(withoutDoubledSlash(getPath(request)));
