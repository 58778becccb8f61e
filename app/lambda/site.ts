import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import type { Zekt } from "../deps.ts";
import { createApi } from "../http/api.ts";
import { problem } from "../http/kit/problem.ts";
import { consoleRoutes } from "../http/pages/console.ts";
import { firstPage } from "../http/pages/first-page.ts";
import type { ZektConfig } from "../main/compose.ts";

/** Where the package holds the console's built files. */
const CONSOLE = `${process.env.LAMBDA_TASK_ROOT ?? "."}/app/console/dist`;

/** Everything that is served: the whole API and the console. */
export function site(zekt: Zekt, config: ZektConfig): ReturnType<typeof handle> {
  const root = new Hono();
  root.notFound(() => problem(404, "There is no such address."));
  root.route("/", createApi(zekt));
  root.route("/", consoleRoutes(zekt, { folder: CONSOLE }));
  root.route("/", firstPage(config, config.ZEKT_APP_SLUG));
  return handle(root);
}
