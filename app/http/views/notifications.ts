import { z } from "@hono/zod-openapi";
import { NO_NOTIFICATIONS } from "../../domain/notices/notice.ts";
import type { NotificationChoice } from "../../domain/records/notification-choice.ts";

export const notificationsSchema = z
  .object({
    by: z.enum(["none", "issue", "webhook"]).describe("How people are notified"),
    issue: z.number().int().nullable().meta({
      description: "The issue's number; null where there is none yet",
      example: 12,
    }),
    url: z.string().nullable().meta({
      description: "Where webhooks are sent",
      example: "https://hooks.example.com/zekt",
    }),
    format: z.enum(["zekt", "cloudevents"]).nullable().meta({
      description: "The form of a webhook's notices; null where there are none",
      example: "zekt",
    }),
    secret: z.string().nullable().meta({
      description: "What webhooks are signed with, shown once, when it is made; null otherwise",
      example: null,
    }),
    problem: z.string().nullable().meta({
      description: "Why nothing reached the receiver lately",
      example: null,
    }),
  })
  .describe("How a repository's people are notified")
  .openapi("Notifications");

/** Returns a repository's notification settings; the secret only where it has just been created. */
export function notificationsView(
  choice: NotificationChoice | null | undefined,
  secret: string | null = null,
): z.infer<typeof notificationsSchema> {
  const { by, ...rest } = choice ?? NO_NOTIFICATIONS;
  return {
    by,
    issue: "number" in rest ? rest.number : null,
    url: "url" in rest ? rest.url : null,
    format: "url" in rest ? (rest.format ?? "zekt") : null,
    secret,
    problem: "problem" in rest ? rest.problem : null,
  };
}
