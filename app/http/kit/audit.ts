import type { AuditAction, AuditScope } from "../../domain/records/audit-entry.ts";
import { type AuditTrails, recordAudit } from "../../steps/notices/record-audit.ts";
import type { Call } from "./route.ts";

/** Names a repository's trail. */
export const repositoryTrail = (repositoryId: string): AuditScope => `repository#${repositoryId}`;

/** Records what a call has changed, with who made it and by which way. */
export async function audit(
  { deps, context, by }: Pick<Call<unknown, unknown>, "deps" | "context" | "by">,
  action: AuditAction,
  trails: AuditTrails,
  subject: string,
  detail: string | null = null,
): Promise<void> {
  const via = context.get("session") === null ? "api" : "console";
  await recordAudit(deps, trails, { action, by: by(), via, subject, detail });
}
