import { z } from "zod";
import { param } from "../../context.ts";
import type { Control } from "../control.ts";
import { type ControlRoute, route } from "../route.ts";
import { ACCOUNT, APP } from "../schemas.ts";

export const accountRoutes = (control: Control): ControlRoute[] => [
  route(
    "POST",
    "/accounts",
    "Makes a user or an organization.",
    (_, body) => {
      const { id, login, type, verified } = control.createAccount(body);
      return { id, login, type, is_verified: verified };
    },
    ACCOUNT,
  ),
  route(
    "POST",
    "/accounts/:login/rename",
    "Gives an account another login.",
    (context, { login }) => control.renameAccount(param(context, "login"), login),
    z.object({ login: z.string() }),
  ),
  route(
    "PUT",
    "/accounts/:login/members/:member",
    "Makes a user an organization's admin or member; null takes them out.",
    (context, { role }) => control.setMember(param(context, "login"), param(context, "member"), role),
    z.object({ role: z.enum(["admin", "member"]).nullable() }),
  ),
  route(
    "PUT",
    "/accounts/:login/guards",
    "Sets what an organization asks of a token beside its rights.",
    (context, { guards }) => control.setGuards(param(context, "login"), guards),
    z.object({ guards: z.array(z.enum(["single-sign-on", "ip-allow-list"])) }),
  ),
  route(
    "POST",
    "/users/:login/sign-on",
    "A user signs on to an organization: tokens issued from now on reach it.",
    (context, { organization }) => control.signOn(param(context, "login"), organization),
    z.object({ organization: z.string() }),
  ),
  route(
    "POST",
    "/apps",
    "Registers an App → its app_id, slug, client_id, client_secret, private_key, webhook_secret.",
    (_, body) => control.createApp(body),
    APP,
  ),
  route(
    "PUT",
    "/apps/:slug/webhook",
    "Sets where an App's webhook goes.",
    (context, { url }) => control.setAppWebhook(param(context, "slug"), url),
    z.object({ url: z.string() }),
  ),
  route(
    "PUT",
    "/apps/:slug/callbacks",
    "Sets where an App may send its users after they signed in.",
    (context, { urls }) => control.setCallbackUrls(param(context, "slug"), urls),
    z.object({ urls: z.array(z.string()) }),
  ),
  route(
    "POST",
    "/users/:login/tokens",
    "Issues a user token of an App → {token}.",
    (context, { client_id }) => ({ token: control.userToken(param(context, "login"), client_id) }),
    z.object({ client_id: z.string() }),
  ),
  route(
    "POST",
    "/users/:login/revoke",
    "A user takes back what they let an App do.",
    (context, { client_id }) => control.revokeAuthorization(param(context, "login"), client_id),
    z.object({ client_id: z.string() }),
  ),
  route(
    "PUT",
    "/sign-in",
    "Who is signed in where a browser asks, and whether they say no.",
    (_, { login, deny }) => control.setSignIn(login, deny),
    z.object({ login: z.string().nullable(), deny: z.boolean().default(false) }),
  ),
  route(
    "POST",
    "/devices/:code/approve",
    "Somebody answers a device's user code.",
    (context, { login, deny }) => control.approveDevice(param(context, "code"), login, deny),
    z.object({ login: z.string(), deny: z.boolean().default(false) }),
  ),
];
