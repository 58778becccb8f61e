import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Hono } from "hono";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { html } from "hono/html";
import type { ApiDeps } from "../../deps.ts";
import { CSRF_HEADER } from "../kit/csrf.ts";
import { madeOnce } from "../kit/made-once.ts";
import { problem } from "../kit/problem.ts";
import { messagePage } from "./message-page.ts";
import { pageHeaders } from "./page-headers.ts";

/** Files of the page, as the package has them, with their types. */
const FILES: Readonly<Record<string, string>> = {
  "swagger-ui.css": "text/css; charset=utf-8",
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
};

/**
 * The script that starts the page. A user signed in to the console can try routes, with the token that
 * changes need.
 */
const START = `let token;
SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
  requestInterceptor: async (request) => {
    if (/^(get|head)$/i.test(request.method ?? "get")) return request;
    token ??= fetch("/api/session").then((answer) => (answer.ok ? answer.json() : {}));
    const { csrfToken } = await token;
    if (csrfToken) request.headers["${CSRF_HEADER}"] = csrfToken;
    return request;
  },
});
`;

const PAGE = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <title>Zekt's HTTP API</title>
    <link rel="stylesheet" href="/api/docs/swagger-ui.css" />
  </head>
  <body>
    <main id="docs"></main>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>`;

/** Where swagger-ui-dist is; null where it was left out of the deployment. */
function packageFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
  } catch {
    return null;
  }
}

const NO_FILES = messagePage({
  title: "The API's page is not part of this deployment",
  text: "The document that describes the API is; any viewer of OpenAPI 3.1 shows it.",
  link: ["/api/openapi.json", "Read the document"],
});

/** The API's documentation to read and try, from files of this deployment alone; `folder` has them. */
export function docsPage(deps: ApiDeps, folder: string | null = packageFolder()): Hono {
  const pages = new Hono();
  // It sets style attributes, and its pictures are in its style sheet.
  pages.use("/api/docs/*", pageHeaders(deps), compress(), etag());
  pages.get("/api/docs", (context) => context.html(folder ? PAGE : NO_FILES));
  pages.get("/api/docs/start.js", (context) =>
    context.body(START, 200, { "content-type": "text/javascript; charset=utf-8" }),
  );
  for (const [file, type] of folder ? Object.entries(FILES) : []) {
    const read = () => readFile(join(folder as string, file));
    pages.get(`/api/docs/${file}`, madeOnce(type, read, "public, max-age=86400"));
  }
  pages.get("/api/docs/:file", () => problem(404, "There is no such file."));
  return pages;
}
