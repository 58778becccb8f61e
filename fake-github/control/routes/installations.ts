import type { Control } from "../control.ts";
import { type ControlRoute, route } from "../route.ts";
import { idOf } from "../route-context.ts";
import { INSTALLATION, PERMISSIONS, REPOSITORY_CHANGE } from "../schemas.ts";

export const installationRoutes = (control: Control): ControlRoute[] => [
  route(
    "POST",
    "/installations",
    "Installs an App on an account → {id}.",
    async (_, body) => ({ id: (await control.install(body)).id }),
    INSTALLATION,
  ),
  route(
    "PUT",
    "/installations/:id/repositories",
    "Adds and removes repositories.",
    (context, body) => control.changeRepositories(idOf(context), body),
    REPOSITORY_CHANGE,
  ),
  route(
    "PUT",
    "/installations/:id/permissions",
    "The owner accepts other permissions: name to level.",
    (context, body) => control.setPermissions(idOf(context), body),
    PERMISSIONS,
  ),
  route("POST", "/installations/:id/suspend", "Suspends it.", (context) => control.suspend(idOf(context))),
  route("POST", "/installations/:id/unsuspend", "Lifts the suspension.", (context) =>
    control.unsuspend(idOf(context)),
  ),
  route("POST", "/installations/:id/revoke-tokens", "Takes its tokens back, unsaid.", (context) =>
    control.revokeTokens(idOf(context)),
  ),
  route("DELETE", "/installations/:id", "Uninstalls.", (context) => control.uninstall(idOf(context))),
];
