import { Hono } from "hono";
import type { ApiDeps } from "../deps.ts";
import { createApi } from "../http/api.ts";
import { plainPath } from "../http/kit/plain-path.ts";
import { problem } from "../http/kit/problem.ts";
import { consoleRoutes } from "../http/pages/console.ts";
import { firstPage } from "../http/pages/first-page.ts";
import { answerEvents } from "./answer-event.ts";

/** Where the package holds the console's built files. */
const CONSOLE = `${process.env.LAMBDA_TASK_ROOT ?? "."}/app/console/dist`;

/** Everything that is served: the whole API and the console. */
export function site(deps: ApiDeps): ReturnType<typeof answerEvents> {
  const root = new Hono({ getPath: plainPath });
  root.notFound(() => problem(404, "There is no such address."));
  root.route("/", createApi(deps));
  root.route("/", consoleRoutes(deps, { folder: CONSOLE }));
  root.route("/", firstPage(deps.settings));
  return answerEvents(root.fetch as Parameters<typeof answerEvents>[0]);
}
