/** The changes that an audit trail records. */
export const AUDIT_ACTIONS = [
  "provider-enabled",
  "provider-disabled",
  "consumer-enabled",
  "consumer-disabled",
  "tracking-enabled",
  "tracking-disabled",
  "workflow-whitelisted",
  "workflow-blocked",
  "service-created",
  "service-changed",
  "service-removed",
  "subscription-requested",
  "subscription-changed",
  "subscription-removed",
  "subscription-approved",
  "subscription-denied",
  "subscription-revoked",
  "test-sent",
  "delivery-replayed",
  "replay-started",
  "replay-cancelled",
  "notifications-changed",
  "key-added",
  "key-removed",
  "file-applied",
  "owner-changed",
  "export-started",
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/** The way by which a change was made. */
export const AUDIT_WAYS = ["console", "api", "file"] as const;
export type AuditWay = (typeof AUDIT_WAYS)[number];

/** The repository or the owner in whose trail an entry is. */
export type AuditScope = `repository#${string}` | `owner#${string}`;

/** One change that somebody made, as one of those concerned may see it. */
export interface AuditEntry {
  entryId: string;
  scope: AuditScope;
  /** When it was made (ISO 8601). */
  at: string;
  action: AuditAction;
  /** The login of the person who made it; null where that is not for this side, or a file made it. */
  by: string | null;
  via: AuditWay;
  /** Names the thing that was changed. */
  subject: string;
  /** The trail of the other side, where the change concerns two; an erasure finds the entry by it. */
  other: AuditScope | null;
  /** Says more of the change; null where there is nothing more. Holds no payload and no secret. */
  detail: string | null;
}
