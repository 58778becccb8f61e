import { z } from "@hono/zod-openapi";
import { DAY } from "../../domain/clock.ts";
import { Refusal } from "../../domain/refusal.ts";
import { eraseOwner } from "../../steps/erase-owner.ts";
import { exportOwner } from "../../steps/export-owner.ts";
import type { Zekt } from "../../zekt.ts";
import { type Api, type Ctx, type DefinedRoute, defineRoute } from "../route.ts";

const tag = "Owners";

/** What concerns an owner as a whole; for whoever administers it. */
export function ownerRoutes(api: Api, zekt: Zekt, routes: DefinedRoute[]): void {
  const administered = async (context: Ctx, ownerId: string): Promise<string> => {
    const account = await zekt.store.accounts.getAccount(ownerId);
    const { token, ...user } = context.get("user");
    if (!account || !(await zekt.users.administers(token, user, account))) {
      throw new Refusal("not-found", "There is no such thing, or it is not yours to see.");
    }
    return ownerId;
  };
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/owners/{ownerId}/usage",
    summary: "Read an owner's usage by hour, and in all",
    tag,
    access: { by: "user" },
    query: z.object({ from: z.iso.datetime().optional(), to: z.iso.datetime().optional() }),
    answer: z.object({
      total: z.record(z.string(), z.number()),
      hours: z.record(z.string(), z.record(z.string(), z.number())),
    }),
    async handle({ context, param, query }) {
      const ownerId = await administered(context, param("ownerId"));
      const to = query.to ? Date.parse(query.to) : zekt.clock.now();
      const from = query.from ? Date.parse(query.from) : to - 30 * DAY;
      const [hours, total] = await Promise.all([
        zekt.store.meters.byHour(`owner#${ownerId}`, from, to),
        zekt.store.meters.total(`owner#${ownerId}`, from, to),
      ]);
      return { total, hours: Object.fromEntries(hours) };
    },
  });
  defineRoute(api, zekt, routes, {
    method: "get",
    path: "/api/owners/{ownerId}/export",
    summary: "Export everything stored of an owner",
    tag,
    access: { by: "user" },
    handle: async ({ context, param }) =>
      await exportOwner(zekt, await administered(context, param("ownerId"))),
  });
  defineRoute(api, zekt, routes, {
    method: "delete",
    path: "/api/owners/{ownerId}",
    summary: "Erase everything stored of an owner; the App must be uninstalled first",
    tag,
    access: { by: "user" },
    status: 204,
    handle: async ({ context, param }) =>
      await eraseOwner(zekt, await administered(context, param("ownerId"))),
  });
}
