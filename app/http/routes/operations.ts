import type { ApiDeps } from "../../deps.ts";
import { Refusal } from "../../domain/refusal.ts";
import { findStuck } from "../../steps/insight/find-stuck.ts";
import type { Define } from "../kit/route.ts";
import { queueStatsSchema, queueStatsView, stuckSchema, stuckView } from "../views/operations.ts";
import { accountsOf } from "../views/repository.ts";

const tag = "Operations";
const access = { by: "user", right: "operate" } as const;

/** Defines the routes for those who run the deployment; the setting ZEKT_OPERATORS names them. */
export function operationRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "listStuck",
    method: "get",
    path: "/api/operations/stuck",
    summary: "List what is stuck over all owners, as an operator",
    tag,
    access,
    answer: stuckSchema,
    async handle() {
      const found = await findStuck(deps);
      // A connection whose subscription has ended has no owner.
      const owners = await accountsOf(
        deps,
        found.filter(({ ownerId }) => ownerId !== ""),
      );
      return { items: found.map((one) => stuckView(one, owners.get(one.ownerId)?.login ?? null)) };
    },
  });
  define({
    id: "countQueues",
    method: "get",
    path: "/api/operations/queues",
    summary: "Count the messages of the queues and the work that is due, as an operator",
    tag,
    access,
    refusals: [409],
    answer: queueStatsSchema,
    async handle() {
      if (!deps.countWork)
        throw new Refusal("conflict", "On AWS the dashboard zekt-<stage> shows the queues.");
      return queueStatsView(await deps.countWork());
    },
  });
}
