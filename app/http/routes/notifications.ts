import type { ApiDeps } from "../../deps.ts";
import { requireReachable } from "../../steps/catalog/require-repository.ts";
import { notificationsInput, setNotifications } from "../../steps/catalog/set-notifications.ts";
import { audit, repositoryTrail } from "../kit/audit.ts";
import { namedSchema } from "../kit/named-schema.ts";
import { onRepository } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { notificationsSchema, notificationsView } from "../views/notifications.ts";

const tag = "Notifications";
const path = "/api/repositories/{repositoryId}/notifications";

/** Defines the routes of a repository's notifications. Only its people read the address, which may hold a secret. */
export function notificationRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "getNotifications",
    method: "get",
    path,
    summary: "Read how a repository's people are notified",
    tag,
    access: onRepository("change"),
    refusals: [403],
    answer: notificationsSchema,
    handle: async ({ param }) =>
      notificationsView((await requireReachable(deps, param("repositoryId"))).notifications),
  });
  define({
    id: "setNotifications",
    method: "put",
    path,
    summary: "Set how a repository's people are notified",
    tag,
    access: onRepository("change"),
    body: namedSchema(notificationsInput, "NotificationsInput"),
    answer: notificationsSchema,
    async handle(call) {
      const { param, body, by } = call;
      const { choice, secret, changed } = await setNotifications(deps, param("repositoryId"), body, by());
      const own = [repositoryTrail(param("repositoryId"))];
      if (changed) {
        const detail = changed.length > 0 ? changed.join(", ") : null;
        await audit(call, "notifications-changed", { own }, body.by, detail);
      }
      return notificationsView(choice, secret);
    },
  });
}
