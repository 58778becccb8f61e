import type { Context } from "hono";
import { html } from "hono/html";

type Part = ReturnType<typeof html> | string;

/** A page of this GitHub, for whoever looks at it in a browser. */
export const page = (context: Context, title: string, body: Part): Response | Promise<Response> =>
  context.html(html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}</title>
      </head>
      <body>
        <p>The fake GitHub</p>
        <h1>${title}</h1>
        ${body}
      </body>
    </html>`);

/** Returns whether a browser asks for a page; programs ask for the same address as data. */
export const wantsPage = (context: Context): boolean =>
  context.req.header("accept")?.includes("text/html") ?? false;
