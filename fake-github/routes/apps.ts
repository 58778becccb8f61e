import type { Hono } from "hono";
import { bodyOf, type Ctx, type Env, type GitHubParts, param } from "../context.ts";
import { GitHubError, notFound } from "../errors.ts";
import { pagedByCursor } from "../paging.ts";
import { appJson } from "../payloads/app.ts";
import { deliveryIdOf } from "../payloads/delivery-id.ts";
import { deliveryItemJson, deliveryJson, hookConfigJson } from "../payloads/hook.ts";
import type { HookDelivery } from "../state.ts";
import { appOf } from "./callers.ts";

/** An App and its own webhook: https://docs.github.com/en/rest/apps/webhooks */
export function appRoutes(app: Hono<Env>, { world, webhooks }: GitHubParts): void {
  const { sender } = webhooks;
  app.get("/app", (context) => {
    const own = appOf(context);
    const installed = [...world.installations.values()].filter(({ appId }) => appId === own.id);
    return context.json({ ...appJson(world, own), installations_count: installed.length });
  });
  app.get("/apps/:slug", (context) => {
    const found = [...world.apps.values()].find(({ slug }) => slug === param(context, "slug"));
    if (!found) throw notFound();
    return context.json(appJson(world, found));
  });
  app.get("/app/hook/config", (context) => context.json(hookConfigJson(appOf(context).hook)));
  app.patch("/app/hook/config", async (context) => {
    const { hook } = appOf(context);
    const { url, secret, content_type, insecure_ssl } = (await bodyOf(context)) as Record<string, string>;
    if (url !== undefined) hook.url = url;
    if (secret !== undefined) hook.secret = secret;
    if (content_type !== undefined) hook.contentType = content_type;
    if (insecure_ssl !== undefined) hook.insecureSsl = String(insecure_ssl);
    hook.active = hook.url !== "";
    hook.updatedAt = world.clock.now();
    return context.json(hookConfigJson(hook));
  });
  app.get("/app/hook/deliveries", (context) =>
    context.json(pagedByCursor(context, sender.log(appOf(context).hook)).map(deliveryItemJson)),
  );
  const find = (context: Ctx): HookDelivery => {
    const id = deliveryIdOf(param(context, "delivery"));
    const delivery = sender.log(appOf(context).hook).find((one) => one.id === id);
    if (!delivery) throw notFound();
    return delivery;
  };
  app.get("/app/hook/deliveries/:delivery", (context) => context.json(deliveryJson(find(context))));
  app.post("/app/hook/deliveries/:delivery/attempts", (context) => {
    const delivery = find(context);
    const { hook } = appOf(context);
    if (!hook.active) throw new GitHubError(422, "The webhook is not active.");
    void sender.redeliver(hook, delivery);
    return context.json({}, 202);
  });
}
