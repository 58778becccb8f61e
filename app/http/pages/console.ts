import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serveStatic } from "@hono/node-server/serve-static";
import { type Context, Hono } from "hono";
import { compress } from "hono/compress";
import type { ApiDeps } from "../../deps.ts";
import { problem } from "../kit/problem.ts";
import { messagePage } from "./message-page.ts";
import { pageHeaders } from "./page-headers.ts";
import { signInRoutes } from "./sign-in.ts";

/** Where the console's build puts its files. */
const BUILT = fileURLToPath(new URL("../../console/dist", import.meta.url));

export interface ConsoleOptions {
  /** The folder of the built console. */
  folder?: string;
}

/**
 * The console: its built files under `/console/`, its page for every other address there, and signing in.
 * A file's name in `assets/` changes with what it holds, so that it may be kept for ever; the page may not.
 */
export function consoleRoutes(deps: ApiDeps, { folder = BUILT }: ConsoleOptions = {}): Hono {
  const routes = new Hono();
  routes.use("/console/*", pageHeaders(deps, deps.settings.avatarOrigins));
  routes.use("/console/*", compress());
  routes.use("/console/*", async (context, next) => {
    await next();
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store");
  });
  routes.route("/", signInRoutes(deps));
  routes.get("/console", (context) => context.redirect("/console/"));
  if (existsSync(folder)) serveFiles(routes, folder);
  routes.get("/console/*", notBuilt);
  return routes;
}

function serveFiles(routes: Hono, root: string): void {
  const rewriteRequestPath = (path: string): string => path.slice("/console".length);
  const forEver = (_: string, context: Context): void =>
    context.header("cache-control", "public, max-age=31536000, immutable");
  // A build may have files beside its own that are compressed better than there is time for here.
  const assets = serveStatic({ root, rewriteRequestPath, precompressed: true, onFound: forEver });
  routes.get("/console/assets/*", assets, () =>
    problem(404, "There is no such file: the console was built anew. Load the page again."),
  );
  routes.get("/console/*", serveStatic({ root, rewriteRequestPath, onFound: noCache }));
  routes.get("/console/*", serveStatic({ root, path: "index.html", onFound: noCache }));
}

const noCache = (_: string, context: Context): void => context.header("cache-control", "no-cache");

const notBuilt = (context: Context): Response | Promise<Response> =>
  context.html(
    messagePage({
      title: "The console is not built",
      text: "Run npm run console in Zekt's folder and start Zekt again. All of Zekt but its console works without.",
      link: ["/console/", "Load again"],
    }),
    503,
  );
