import { z } from "zod";
import { param } from "../../context.ts";
import { deliveryIdOf, deliveryIdText } from "../../payloads/delivery-id.ts";
import { deliveryJson } from "../../payloads/hook.ts";
import { DEFAULT_SETTINGS } from "../../settings.ts";
import type { HookDelivery } from "../../state.ts";
import type { Control } from "../control.ts";
import { type ControlRoute, route } from "../route.ts";
import { FAULT, SETTINGS } from "../schemas.ts";

/** A webhook that was sent; null for one that was not, being off or too large. */
export const sentJson = (one: HookDelivery | null) =>
  one && { ...deliveryJson(one), id: deliveryIdText(one.id), hook_id: one.hookId };

export const deliveryRoutes = (control: Control): ControlRoute[] => [
  route(
    "GET",
    "/deliveries",
    "Webhooks sent in the last three days, with ids as text: ?event=&repository=owner/name&hook=id.",
    (context) => {
      const { event, repository, hook } = context.req.query();
      return control
        .deliveries({
          ...(event ? { event } : {}),
          ...(repository ? { repository } : {}),
          ...(hook ? { hook: Number(hook) } : {}),
        })
        .map(sentJson);
    },
  ),
  route("POST", "/deliveries/:id/redeliver", "Sends a webhook again, under its GUID.", async (context) =>
    sentJson(await control.redeliver(deliveryIdOf(param(context, "id")))),
  ),
  route(
    "GET",
    "/requests",
    "The latest requests to the REST API, and what their tokens were narrowed to.",
    () => control.requests(),
  ),
];

export function conditionRoutes(control: Control): ControlRoute[] {
  const { faults, world } = control.parts;
  return [
    route("GET", "/faults", "Faults still to come.", () => faults.list()),
    route("POST", "/faults", "Injects a fault → it, with its id.", (_, body) => faults.add(body), FAULT),
    route("DELETE", "/faults", "Takes all faults back.", () => faults.clear()),
    route("DELETE", "/faults/:fault", "Takes one fault back.", (context) =>
      faults.clear(Number(param(context, "fault"))),
    ),
    route("GET", "/settings", "Limits and delays as they are.", () => world.settings),
    route(
      "PUT",
      "/settings",
      `Sets limits and delays (${Object.entries(DEFAULT_SETTINGS)
        .map(([name, value]) => `${name} ${value}`)
        .join(", ")}); what was used of limits is forgotten.`,
      (_, body) => control.configure(body),
      SETTINGS,
    ),
    route(
      "POST",
      "/clock",
      "Moves GitHub's clock ahead, or back by a negative number → {now}.",
      (_, { advance_ms }) => ({ now: new Date(control.advanceClock(advance_ms)).toISOString() }),
      z.object({ advance_ms: z.number() }),
    ),
    route("POST", "/idle", "Answers once no webhook and no workflow run is on its way.", () =>
      control.idle(),
    ),
    route("POST", "/reset", "Waits until all is quiet, then forgets everything.", () => control.reset()),
  ];
}
