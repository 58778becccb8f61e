import { html } from "hono/html";

/** A page that says one thing and offers one link, without style or script of its own. */
export const messagePage = ({
  title,
  text,
  link: [address, label],
}: {
  title: string;
  text: string;
  link: readonly [address: string, label: string];
}) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} &middot; Zekt</title>
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      <p>${text}</p>
      <p><a href="${address}">${label}</a></p>
    </main>
  </body>
</html>`;
