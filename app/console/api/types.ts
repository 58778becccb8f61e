import type { z } from "zod";
import type { exchangeSchema } from "../../http/views/attempt.ts";
import type { attentionSchema } from "../../http/views/attention.ts";
import type { auditSchema } from "../../http/views/audit.ts";
import type { blockedSchema } from "../../http/views/blocked.ts";
import type { connectionSchema, diagnosticsSchema } from "../../http/views/connection.ts";
import type { deliverySchema } from "../../http/views/delivery.ts";
import type { deliveryPage } from "../../http/views/delivery-filter.ts";
import type { eventSchema } from "../../http/views/event.ts";
import type { filterTrialSchema } from "../../http/views/filter-trial.ts";
import type { installationSchema, leftOutSchema } from "../../http/views/installation.ts";
import type { notificationsSchema } from "../../http/views/notifications.ts";
import type { overviewSchema } from "../../http/views/overview.ts";
import type { ownerSchema, usageSchema } from "../../http/views/owner.ts";
import type { ownerExportSchema } from "../../http/views/owner-export.ts";
import type { preflightSchema } from "../../http/views/preflight.ts";
import type { replayJobSchema } from "../../http/views/replay.ts";
import type { repositorySchema } from "../../http/views/repository.ts";
import type { offerSchema, serviceSchema } from "../../http/views/service.ts";
import type { sessionSchema } from "../../http/views/session.ts";
import type { shieldKeySchema } from "../../http/views/shield-key.ts";
import type { subscriptionSchema } from "../../http/views/subscription.ts";
import type { workflowSchema } from "../../http/views/workflow.ts";

/** The API's answers, by the schemas that document and check them. */

export type Session = z.infer<typeof sessionSchema>;
export type Installation = z.infer<typeof installationSchema>;
export type LeftOutOrganization = z.infer<typeof leftOutSchema>;
export type Repository = z.infer<typeof repositorySchema>;
export type Workflow = z.infer<typeof workflowSchema>;
export type Service = z.infer<typeof serviceSchema>;
export type Offer = z.infer<typeof offerSchema>;
export type ShieldKey = z.infer<typeof shieldKeySchema>;
export type Subscription = z.infer<typeof subscriptionSchema>;
export type Delivery = z.infer<typeof deliverySchema>;
export type DeliveryPage = z.infer<typeof deliveryPage>;
export type Exchange = z.infer<typeof exchangeSchema>;
export type Connection = z.infer<typeof connectionSchema>;
export type Diagnostics = z.infer<typeof diagnosticsSchema>;
export type BlockedEvents = z.infer<typeof blockedSchema>;
export type ProviderEvent = z.infer<typeof eventSchema>;
export type Attention = z.infer<typeof attentionSchema>;
export type AuditEntry = z.infer<typeof auditSchema>;
export type Notifications = z.infer<typeof notificationsSchema>;
export type Overview = z.infer<typeof overviewSchema>;
export type Owner = z.infer<typeof ownerSchema>;
export type OwnerExport = z.infer<typeof ownerExportSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type ReplayJob = z.infer<typeof replayJobSchema>;
export type FilterTrial = z.infer<typeof filterTrialSchema>;
export type Preflight = z.infer<typeof preflightSchema>;

export interface Page<T> {
  items: T[];
  cursor: string | null;
}
