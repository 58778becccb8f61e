import { randomUUID } from "node:crypto";
import type { WorkerDeps } from "../../deps.ts";
import { iso } from "../../domain/clock.ts";
import type { AuditEntry, AuditScope } from "../../domain/records/audit-entry.ts";

/** The trails that an entry goes to; in those of others it does not say who made the change. */
export interface AuditTrails {
  own: readonly AuditScope[];
  others?: readonly AuditScope[];
}

/** The moment and the id of an entry. The same ones again make no second entry. */
export type OneEntry = Pick<AuditEntry, "at" | "entryId">;

/**
 * Records a change that was made in the trails of those it concerns. The change stands by then: that it cannot be
 * recorded is logged and does not undo it.
 */
export async function recordAudit(
  deps: WorkerDeps,
  { own, others = [] }: AuditTrails,
  change: Omit<AuditEntry, "entryId" | "scope" | "at" | "other">,
  { at, entryId }: OneEntry = { at: iso(deps.clock.now()), entryId: randomUUID() },
): Promise<void> {
  const entry = { ...change, at, entryId };
  const trails = new Map<AuditScope, string | null>(others.map((scope) => [scope, null]));
  // A repository on both sides sees who it was.
  for (const scope of own) trails.set(scope, change.by);
  try {
    await Promise.all(
      [...trails].map(([scope, by]) => {
        const other = [...trails.keys()].find((one) => one !== scope) ?? null;
        return deps.store.audit.add({ ...entry, scope, by, other });
      }),
    );
  } catch (error) {
    const { action, by, via, subject } = change;
    deps.log.error(
      { event: "audit.unrecorded", err: error, action, by, via, subject },
      "A change could not be recorded in the audit trail",
    );
  }
}
