import type { Hono } from "hono";
import { bodyOf, type Ctx, type Env, type GitHubParts, onRepository, param } from "../context.ts";
import { invalidRequest, notFound } from "../errors.ts";
import { paged, pagedByCursor } from "../paging.ts";
import { deliveryIdOf } from "../payloads/delivery-id.ts";
import { deliveryItemJson, deliveryJson, hookConfigJson, hookJson } from "../payloads/hook.ts";
import type { Hook, HookDelivery, Repository } from "../state.ts";
import { checkRoom, readConfig, readEvents } from "./hook-body.ts";

const READ = ["repository_hooks", "read"] as const;
const WRITE = ["repository_hooks", "write"] as const;

const findHook = (context: Ctx, repository: Repository): Hook => {
  const hook = repository.hooks.find(({ id }) => id === Number(param(context, "hook")));
  if (!hook) throw notFound();
  return hook;
};

/** Webhooks of repositories: https://docs.github.com/en/rest/repos/webhooks */
export function hookRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world, webhooks } = parts;
  onRepository(app, parts, "get", "/hooks", READ, (context, repository) =>
    context.json(paged(context, repository.hooks).map((hook) => hookJson(world, repository, hook))),
  );
  onRepository(app, parts, "post", "/hooks", WRITE, async (context, repository) => {
    const body = await bodyOf(context);
    const caller = context.get("caller");
    if (body.name !== undefined && body.name !== "web") throw invalidRequest(`name must be "web".`);
    const now = world.clock.now();
    const hook: Hook = {
      id: world.id(),
      repositoryId: repository.id,
      appId: caller.kind === "nobody" ? null : caller.app.id,
      ...readConfig(body.config, world.settings),
      events: readEvents(body.events ?? ["push"]),
      active: body.active !== false,
      createdAt: now,
      updatedAt: now,
      deliveries: [],
    };
    checkRoom(repository, hook);
    repository.hooks.push(hook);
    void webhooks.ping(repository, hook);
    return context.json(hookJson(world, repository, hook), 201);
  });
  onRepository(app, parts, "get", "/hooks/:hook", READ, (context, repository) =>
    context.json(hookJson(world, repository, findHook(context, repository))),
  );
  onRepository(app, parts, "patch", "/hooks/:hook", WRITE, async (context, repository) => {
    const hook = findHook(context, repository);
    const body = await bodyOf(context);
    const added = (body.add_events ?? []) as string[];
    const removed = (body.remove_events ?? []) as string[];
    const changed = {
      // A configuration is replaced whole: a secret that is left out is removed.
      ...(body.config === undefined ? {} : readConfig(body.config, world.settings)),
      events: readEvents(
        body.events ?? [...new Set([...hook.events, ...added])].filter((event) => !removed.includes(event)),
      ),
      active: typeof body.active === "boolean" ? body.active : hook.active,
      updatedAt: world.clock.now(),
    };
    checkRoom(repository, { ...hook, ...changed }, hook);
    Object.assign(hook, changed);
    return context.json(hookJson(world, repository, hook));
  });
  onRepository(app, parts, "delete", "/hooks/:hook", WRITE, (context, repository) => {
    const hook = findHook(context, repository);
    repository.hooks = repository.hooks.filter((one) => one !== hook);
    void webhooks.hookDeleted(repository, hook);
    return context.body(null, 204);
  });
  onRepository(app, parts, "get", "/hooks/:hook/config", READ, (context, repository) =>
    context.json(hookConfigJson(findHook(context, repository))),
  );
  onRepository(app, parts, "patch", "/hooks/:hook/config", WRITE, async (context, repository) => {
    const hook = findHook(context, repository);
    const { url, contentType, insecureSsl, secret } = hook;
    const given = await bodyOf(context);
    const kept = { url, content_type: contentType, insecure_ssl: insecureSsl, secret };
    Object.assign(hook, readConfig({ ...kept, ...given }, world.settings), { updatedAt: world.clock.now() });
    return context.json(hookConfigJson(hook));
  });
  onRepository(app, parts, "post", "/hooks/:hook/pings", READ, (context, repository) => {
    void webhooks.ping(repository, findHook(context, repository));
    return context.body(null, 204);
  });
  deliveryRoutes(app, parts);
}

/** Their delivery logs: https://docs.github.com/en/rest/repos/webhooks#list-deliveries-for-a-repository-webhook */
function deliveryRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { sender } = parts.webhooks;
  const find = (context: Ctx, hook: Hook): HookDelivery => {
    const wanted = deliveryIdOf(param(context, "delivery"));
    const delivery = sender.log(hook).find(({ id }) => id === wanted);
    if (!delivery) throw notFound();
    return delivery;
  };
  onRepository(app, parts, "get", "/hooks/:hook/deliveries", READ, (context, repository) =>
    context.json(pagedByCursor(context, sender.log(findHook(context, repository))).map(deliveryItemJson)),
  );
  onRepository(app, parts, "get", "/hooks/:hook/deliveries/:delivery", READ, (context, repository) =>
    context.json(deliveryJson(find(context, findHook(context, repository)))),
  );
  const path = "/hooks/:hook/deliveries/:delivery/attempts";
  onRepository(app, parts, "post", path, WRITE, (context, repository) => {
    const hook = findHook(context, repository);
    void sender.redeliver(hook, find(context, hook));
    return context.json({}, 202);
  });
}
