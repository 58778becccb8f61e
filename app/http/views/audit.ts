import { z } from "@hono/zod-openapi";
import { AUDIT_ACTIONS, AUDIT_WAYS, type AuditEntry } from "../../domain/records/audit-entry.ts";
import { moment } from "./common.ts";

export const auditAction = z.enum(AUDIT_ACTIONS).describe("What was changed");

export const auditSchema = z
  .object({
    entryId: z
      .string()
      .meta({ description: "The entry's id", example: "6f1c5f0e-8a55-4b0c-9d51-2f4f7d0f3c11" }),
    at: moment("When it was changed"),
    action: auditAction,
    by: z.string().nullable().meta({
      description: "Who changed it; null for a file, and where it was the other side's people",
      example: "octocat",
    }),
    via: z.enum(AUDIT_WAYS).describe("By which way it was changed"),
    subject: z.string().meta({
      description: "The thing that was changed",
      example: "initech/consumer for acme/libraries/releases",
    }),
    detail: z.string().nullable().meta({ description: "More of the change", example: null }),
  })
  .describe("One change that somebody made")
  .openapi("AuditEntry");

export const auditView = ({
  entryId,
  at,
  action,
  by,
  via,
  subject,
  detail,
}: AuditEntry): z.infer<typeof auditSchema> => ({ entryId, at, action, by, via, subject, detail });
