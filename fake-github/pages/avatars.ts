import type { Hono } from "hono";
import type { Env, GitHubParts } from "../context.ts";
import { notFound } from "../errors.ts";

/** Turns of the colour wheel between one account and the next, so that neighbours differ. */
const HUE_STEP = 137.5;

/** Pictures of accounts: their first letter on a colour of their own. */
export function avatarRoutes(app: Hono<Env>, { world }: GitHubParts): void {
  app.get("/:file{[A-Za-z0-9-]+\\.png}", (context) => {
    const account = world.account(context.req.param("file").replace(/\.png$/, ""));
    if (!account) throw notFound();
    return context.redirect(`/avatars/u/${account.id}?v=4`);
  });
  app.get("/avatars/u/:id", (context) => {
    const account = world.accounts.get(Number(context.req.param("id")));
    if (!account) throw notFound();
    const hue = Math.round((account.id * HUE_STEP) % 360);
    const letter = (account.login[0] ?? "?").toUpperCase();
    return context.body(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" fill="hsl(${hue} 45% 40%)"/><text x="20" y="27" font-family="sans-serif" font-size="20" fill="#fff" text-anchor="middle">${letter}</text></svg>`,
      200,
      { "content-type": "image/svg+xml", "cache-control": "public, max-age=3600" },
    );
  });
}
