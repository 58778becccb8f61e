import { createHash } from "node:crypto";
import { Hono } from "hono";
import { html, raw } from "hono/html";
import { secureHeaders } from "hono/secure-headers";
import { installPage } from "../../github/pages.ts";

const STYLE =
  ":root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; } main { max-width: 38rem; margin: 12vh auto; padding: 0 1.5rem; }";
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");

/** The page at `/`: that Zekt runs, and where to go. */
export function firstPage(site: { appUrl: string }): Hono {
  const page = new Hono();
  const headers = secureHeaders({
    strictTransportSecurity: false,
    xFrameOptions: "DENY",
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      styleSrc: [`'sha256-${STYLE_HASH}'`],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  });
  page.get("/", headers, (context) =>
    context.html(html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>Zekt</title>
          <style>${raw(STYLE)}</style>
        </head>
        <body>
          <main>
            <h1>Zekt is running</h1>
            <ul>
              <li><a href="/console/">The console</a>, where all of it is managed.</li>
              <li><a href="${installPage(site)}">Install the App</a> on the repositories that provide or consume events.</li>
              <li><a href="/api/docs">The HTTP API</a>, to read and try.</li>
              <li><a href="/healthz">Health</a></li>
            </ul>
          </main>
        </body>
      </html>`),
  );
  return page;
}
