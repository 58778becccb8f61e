import type { Hono } from "hono";
import {
  bodyOf,
  type Ctx,
  type Env,
  type GitHubParts,
  onRepository,
  paged,
  pagedByCursor,
} from "../context.ts";
import { invalid, notFound } from "../errors.ts";
import { hookDeliveryJson, hookJson } from "../payloads.ts";
import type { Hook, Repository } from "../state.ts";

/** https://docs.github.com/en/webhooks/about-webhooks: webhooks a repository may have for one event. */
const MAX_HOOKS_PER_EVENT = 20;

interface HookConfig {
  url?: string;
  content_type?: string;
  secret?: string;
  insecure_ssl?: string;
}

const findHook = (context: Ctx, repository: Repository): Hook => {
  const hook = repository.hooks.find(({ id }) => id === Number(context.req.param("hook")));
  if (!hook) throw notFound();
  return hook;
};

function checkUrl(url: string | undefined): string {
  if (!url || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw invalid("Validation Failed", [
      { resource: "Hook", code: "custom", field: "url", message: "url is not supported" },
    ]);
  }
  return url;
}

/** Webhooks of repositories and their delivery logs: https://docs.github.com/en/rest/repos/webhooks */
export function hookRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world, webhooks } = parts;
  const read = ["repository_hooks", "read"] as const;
  const write = ["repository_hooks", "write"] as const;
  onRepository(app, parts, "get", "/hooks", read, (context, repository) =>
    context.json(paged(context, repository.hooks).map((hook) => hookJson(world, hook))),
  );
  onRepository(app, parts, "post", "/hooks", write, async (context, repository) => {
    const body = await bodyOf(context);
    const config = (body.config ?? {}) as HookConfig;
    const url = checkUrl(config.url);
    const events = (body.events as string[] | undefined) ?? ["push"];
    const hookError = (message: string) =>
      invalid("Validation Failed", [{ resource: "Hook", code: "custom", message }]);
    if (repository.hooks.some((hook) => hook.url === url && hook.events.join() === events.join())) {
      throw hookError("Hook already exists on this repository");
    }
    for (const event of events) {
      if (repository.hooks.filter((hook) => hook.events.includes(event)).length >= MAX_HOOKS_PER_EVENT) {
        throw hookError(`The "${event}" event cannot have more than ${MAX_HOOKS_PER_EVENT} hooks`);
      }
    }
    const now = world.clock.now();
    const hook: Hook = {
      id: world.id(),
      repositoryId: repository.id,
      url,
      secret: config.secret ?? null,
      contentType: config.content_type ?? "form",
      insecureSsl: String(config.insecure_ssl ?? "0"),
      events,
      active: (body.active as boolean | undefined) ?? true,
      createdAt: now,
      updatedAt: now,
      deliveries: [],
    };
    repository.hooks.push(hook);
    if (hook.active) void webhooks.ping(repository, hook);
    return context.json(hookJson(world, hook), 201);
  });
  onRepository(app, parts, "get", "/hooks/:hook", read, (context, repository) =>
    context.json(hookJson(world, findHook(context, repository))),
  );
  onRepository(app, parts, "patch", "/hooks/:hook", write, async (context, repository) => {
    const hook = findHook(context, repository);
    const body = await bodyOf(context);
    const config = body.config as HookConfig | undefined;
    if (config) {
      // A configuration is replaced whole: a secret that is left out is removed.
      hook.url = checkUrl(config.url);
      hook.secret = config.secret ?? null;
      hook.contentType = config.content_type ?? "form";
      hook.insecureSsl = String(config.insecure_ssl ?? "0");
    }
    if (Array.isArray(body.events)) hook.events = body.events as string[];
    if (typeof body.active === "boolean") hook.active = body.active;
    hook.updatedAt = world.clock.now();
    return context.json(hookJson(world, hook));
  });
  onRepository(app, parts, "delete", "/hooks/:hook", write, (context, repository) => {
    const hook = findHook(context, repository);
    repository.hooks = repository.hooks.filter((one) => one !== hook);
    return context.body(null, 204);
  });
  onRepository(app, parts, "post", "/hooks/:hook/pings", read, (context, repository) => {
    void webhooks.ping(repository, findHook(context, repository));
    return context.body(null, 204);
  });
  onRepository(app, parts, "get", "/hooks/:hook/deliveries", read, (context, repository) =>
    context.json(
      pagedByCursor(context, findHook(context, repository).deliveries).map((one) =>
        hookDeliveryJson(one, false),
      ),
    ),
  );
  const findDelivery = (context: Ctx, hook: Hook) => {
    const delivery = hook.deliveries.find(({ id }) => id === Number(context.req.param("delivery")));
    if (!delivery) throw notFound();
    return delivery;
  };
  onRepository(app, parts, "get", "/hooks/:hook/deliveries/:delivery", read, (context, repository) =>
    context.json(hookDeliveryJson(findDelivery(context, findHook(context, repository)), true)),
  );
  onRepository(
    app,
    parts,
    "post",
    "/hooks/:hook/deliveries/:delivery/attempts",
    write,
    (context, repository) => {
      const hook = findHook(context, repository);
      void webhooks.redeliver(hook, findDelivery(context, hook));
      return context.json({}, 202);
    },
  );
}
