import type { Hono } from "hono";
import { html } from "hono/html";
import { z } from "zod";
import { bodyOf, type Env } from "../context.ts";
import { invalid } from "../errors.ts";
import type { Control } from "./control.ts";
import type { ControlRoute } from "./route.ts";
import { accountRoutes } from "./routes/accounts.ts";
import { conditionRoutes, deliveryRoutes } from "./routes/deliveries.ts";
import { installationRoutes } from "./routes/installations.ts";
import { repositoryRoutes } from "./routes/repositories.ts";
import { runRoutes } from "./routes/runs.ts";

interface Documented {
  method: string;
  path: string;
  does: string;
  /** JSON Schema of the body. */
  body?: object;
}

const document = ({ method, path, does, body }: ControlRoute): Documented => ({
  method,
  path: `/_control${path}`,
  does,
  ...(body ? { body: z.toJSONSchema(body, { io: "input" }) } : {}),
});

const page = (documented: readonly Documented[]) => html`<!doctype html>
<meta charset="utf-8" /><title>The control API</title>
<h1>The control API</h1>
<p>JSON in, JSON out. <a href="/_control?json">The same as JSON</a>.</p>
${documented.map(
  ({ method, path, does, body }) =>
    html`<h2><code>${method} ${path}</code></h2><p>${does}</p>${body ? html`<pre>${JSON.stringify(body, null, 2)}</pre>` : ""}`,
)}`;

/** Serves the control API under `/_control`, which documents itself: to a browser as a page, else as JSON. */
export function controlApi(app: Hono<Env>, control: Control): void {
  const routes = [
    ...accountRoutes(control),
    ...repositoryRoutes(control),
    ...installationRoutes(control),
    ...runRoutes(control),
    ...deliveryRoutes(control),
    ...conditionRoutes(control),
  ];
  const documented = routes.map(document);
  app.get("/_control", (context) => {
    const asPage =
      context.req.header("accept")?.includes("text/html") && context.req.query("json") === undefined;
    return asPage ? context.html(page(documented)) : context.json({ routes: documented });
  });
  for (const { method, path, body: schema, run } of routes) {
    app.on(method, `/_control${path}`, async (context) => {
      const parsed = (schema ?? z.unknown()).safeParse(schema ? await bodyOf(context) : undefined);
      if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
      const answer = await run(context, parsed.data as never);
      return context.json((answer ?? {}) as object);
    });
  }
}
