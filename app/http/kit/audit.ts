import type { AuditAction, AuditScope } from "../../domain/records/audit-entry.ts";
import { type AuditTrails, type OneEntry, recordAudit } from "../../steps/notices/record-audit.ts";
import type { Call } from "./route.ts";

/** Names a repository's trail. */
export const repositoryTrail = (repositoryId: string): AuditScope => `repository#${repositoryId}`;

/** The repositories of a change's two sides. */
interface Sides {
  consumerRepositoryId: string;
  providerRepositoryId: string;
}

/** Returns the trails of both sides. A side that the caller may not change does not learn who it was. */
export function trailsOfBoth(
  { consumerRepositoryId, providerRepositoryId }: Sides,
  { changesConsumer, changesProvider }: { changesConsumer: boolean; changesProvider: boolean },
): AuditTrails {
  const consumer = repositoryTrail(consumerRepositoryId);
  const provider = repositoryTrail(providerRepositoryId);
  return {
    own: [...(changesConsumer ? [consumer] : []), ...(changesProvider ? [provider] : [])],
    others: [consumer, provider],
  };
}

/** Returns which of two sides a caller may change. */
export const changesOf = async (
  { rightOn }: Pick<Call<unknown, unknown>, "rightOn">,
  { consumerRepositoryId, providerRepositoryId }: Sides,
) => ({
  changesConsumer: (await rightOn(consumerRepositoryId)) === "change",
  changesProvider: (await rightOn(providerRepositoryId)) === "change",
});

/** Records what a call has changed, with who made it and by which way. */
export async function audit(
  { deps, context, by }: Pick<Call<unknown, unknown>, "deps" | "context" | "by">,
  action: AuditAction,
  trails: AuditTrails,
  subject: string,
  detail: string | null = null,
  once?: OneEntry,
): Promise<void> {
  const via = context.get("session") === null ? "api" : "console";
  await recordAudit(deps, trails, { action, by: by(), via, subject, detail }, once);
}
