import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import type { AuditEntry, AuditScope } from "../../domain/records/audit-entry.ts";
import type { PortionQuery } from "../../store/pages.ts";
import { pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onOwner, onRepository } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { auditAction, auditSchema, auditView } from "../views/audit.ts";
import { wantedMoment } from "../views/common.ts";

const tag = "Audit trail";

const query = z.object({
  ...pageQuery,
  action: auditAction.optional().describe("Only this kind of change"),
  by: z.string().max(100).optional().describe("Only changes of this person, by login"),
  from: wantedMoment.meta({ description: "Only at this moment or later", example: "2026-01-31T00:00:00Z" }),
  to: wantedMoment.meta({ description: "Only at this moment or earlier", example: "2026-02-01T00:00:00Z" }),
});

/** Defines the routes of audit trails: who changed what, when and by which way, for 396 days. */
export function auditRoutes(define: Define, deps: ApiDeps): void {
  const read = async (scope: AuditScope, wanted: z.infer<typeof query>) => {
    const { action, by, from = "0", to = "9" } = wanted;
    const listing = {
      name: `audit ${scope} ${from} ${to}`,
      read: (portion: PortionQuery) => deps.store.audit.listAfter(scope, { ...portion, between: [from, to] }),
    };
    const isWanted = (one: AuditEntry): boolean =>
      (action === undefined || one.action === action) &&
      (by === undefined || one.by?.toLowerCase() === by.toLowerCase());
    const isFiltered = action !== undefined || by !== undefined;
    const { items, cursor } = await readPage(listing, wanted, isFiltered ? isWanted : null);
    return { items: items.map(auditView), cursor };
  };
  define({
    id: "listRepositoryAudit",
    method: "get",
    path: "/api/repositories/{repositoryId}/audit",
    summary: "List who changed what of a repository, newest first; kept for 396 days",
    tag,
    access: onRepository("change"),
    query,
    answer: pageOf(auditSchema),
    handle: ({ param, query: wanted }) => read(`repository#${param("repositoryId")}`, wanted),
  });
  define({
    id: "listOwnerAudit",
    method: "get",
    path: "/api/owners/{ownerId}/audit",
    summary: "List who changed what of an owner as a whole, newest first; kept for 396 days",
    tag,
    access: onOwner,
    query,
    answer: pageOf(auditSchema),
    handle: ({ param, query: wanted }) => read(`owner#${param("ownerId")}`, wanted),
  });
}
