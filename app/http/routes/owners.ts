import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { changedFields } from "../../domain/changed-fields.ts";
import { DAY, iso } from "../../domain/clock.ts";
import { sum } from "../../domain/insight/meter.ts";
import { shares } from "../../domain/insight/usage.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import type { Account } from "../../domain/records/account.ts";
import type { Counts } from "../../domain/records/meter-fact.ts";
import { Refusal } from "../../domain/refusal.ts";
import { eraseOwner } from "../../steps/installations/erase-owner.ts";
import { audit } from "../kit/audit.ts";
import { onOwner } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { costOf, costView, eventCostInput, eventsOf } from "../views/cost.ts";
import { ownerSchema, replaySwitch, usageSchema } from "../views/owner.ts";

const tag = "Owners";

/** As far back as usage is kept. */
const MAX_RANGE = 400 * DAY;

const ownerChange = z
  .strictObject({
    replay: replaySwitch.optional(),
    cost: eventCostInput
      .nullable()
      .optional()
      .describe("What an event costs its owner, as usage shows it; null: what this deployment says"),
  })
  .openapi("OwnerChange");

const ownerView = (
  deps: ApiDeps,
  { ownerId: id, login, replay = true, cost = null }: Account,
): z.infer<typeof ownerSchema> => ({ ownerId: id, login, replay, cost, standardCost: deps.cost });

const noOwner = (): Refusal =>
  new Refusal("not-found", "Zekt does not know this owner: install the App there first.");

async function knownAccount(deps: ApiDeps, id: string): Promise<Account> {
  const account = await deps.store.accounts.getAccount(id);
  if (!account) throw noOwner();
  return account;
}

const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .optional();

/** Defines the routes about an owner as a whole, for its administrators. */
export function ownerRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "getUsage",
    method: "get",
    path: "/api/owners/{ownerId}/usage",
    summary: "Read an owner's usage by hour or day, and in all",
    tag,
    access: onOwner,
    query: z.object({
      by: z.enum(["hour", "day"]).default("hour").describe("What to sum up by"),
      from: moment.meta({
        description: "From the hour that this lies in; 30 days before `to`, unless said",
        example: "2026-01-01T00:00:00Z",
      }),
      to: moment.meta({
        description: "Up to the hour that this lies in, but for one that begins then; now, unless said",
        example: "2026-02-01T00:00:00Z",
      }),
    }),
    answer: usageSchema,
    async handle({ param, query }) {
      const to = Math.min(query.to ?? Number.POSITIVE_INFINITY, deps.clock.now());
      const from = query.from ?? to - 30 * DAY;
      if (query.to !== undefined && from > query.to) {
        throw invalidAt(["from"], `It is later than the end of the requested time, ${iso(query.to)}.`);
      }
      if (to - from > MAX_RANGE) {
        throw invalidAt(["from"], `Usage is kept for 400 days; ${iso(from)} is longer ago.`);
      }
      const { accounts, meters } = deps.store;
      const [hours, owner] = await Promise.all([
        // Months that meet at midnight must not both have the hour after it.
        meters.byHour(`owner#${param("ownerId")}`, from, to - 1),
        accounts.getAccount(param("ownerId")),
      ]);
      const periods = Map.groupBy(hours, ([hour]) => (query.by === "day" ? hour.slice(0, 10) : hour));
      const total = sum(hours.values());
      const price = costOf(deps, owner);
      const costOfAll = (one: Counts) => costView(price, eventsOf(one));
      return {
        total,
        ...shares(total),
        cost: costOfAll(total),
        by: query.by,
        periods: [...periods]
          .map(([period, all]) => ({ period, counts: sum(all.map(([, one]) => one)) }))
          .map((one) => ({ ...one, cost: costOfAll(one.counts) }))
          .sort((a, b) => (a.period < b.period ? -1 : 1)),
      };
    },
  });
  define({
    id: "getOwner",
    method: "get",
    path: "/api/owners/{ownerId}",
    summary: "Read what is set for an owner as a whole",
    tag,
    access: onOwner,
    answer: ownerSchema,
    handle: async ({ param }) => ownerView(deps, await knownAccount(deps, param("ownerId"))),
  });
  define({
    id: "changeOwner",
    method: "patch",
    path: "/api/owners/{ownerId}",
    summary: "Set what holds for an owner as a whole; what is not given stays",
    tag,
    access: onOwner,
    body: ownerChange,
    answer: ownerSchema,
    async handle(call) {
      const { param, body } = call;
      const account = await knownAccount(deps, param("ownerId"));
      const { ownerId, login, replay = true, cost = null } = account;
      const changed = changedFields({ replay, cost }, body);
      if (changed.length === 0) return ownerView(deps, account);
      const saved = await deps.store.accounts.changeAccount({ ownerId, ...body });
      if (!saved) throw noOwner();
      const isChanged = (name: string): boolean => changed.some((field) => field.split(".")[0] === name);
      const told = Object.fromEntries(Object.entries(body).filter(([name]) => isChanged(name)));
      await audit(call, "owner-changed", { own: [`owner#${ownerId}`] }, login, JSON.stringify(told));
      return ownerView(deps, saved);
    },
  });
  define({
    id: "eraseOwner",
    method: "delete",
    path: "/api/owners/{ownerId}",
    summary: "Erase everything stored of an owner; the App must be uninstalled first",
    tag,
    access: onOwner,
    status: 204,
    handle: ({ param }) => eraseOwner(deps, param("ownerId")),
  });
}
