import type { Hono } from "hono";
import { z } from "zod";
import { bodyOf, type Ctx, type Env } from "./context.ts";
import { ACCOUNT, APP, type Control, INSTALLATION, REPOSITORY, RUN } from "./control.ts";
import { invalid } from "./errors.ts";
import type { Fault } from "./faults.ts";
import { hookDeliveryJson } from "./payloads.ts";
import { DEFAULTS, type HookDelivery, type Permissions, type Repository, type Role } from "./state.ts";

interface Route {
  method: "GET" | "POST" | "PUT" | "DELETE";
  path: string;
  does: string;
  body?: z.ZodType;
  run(context: Ctx, body: Record<string, unknown>): unknown;
}

const param = (context: Ctx, name: string): string => context.req.param(name as never) as unknown as string;
const nameOf = (context: Ctx): string => `${param(context, "owner")}/${param(context, "repo")}`;
const deliveryJson = (one: HookDelivery | null) =>
  one && { ...hookDeliveryJson(one, true), hook_id: one.hookId };

/** Every route of the control API: what it takes and what it does. */
function routesOf(control: Control): Route[] {
  const { world, faults, oidc, limits, runs } = control.parts;
  const repositoryJson = (repository: Repository) => ({
    id: repository.id,
    full_name: world.fullName(repository),
    private: repository.private,
    default_branch: repository.defaultBranch,
    head_sha: repository.headSha,
    hooks: repository.hooks.map(({ id, url, events, active }) => ({ id, url, events, active })),
    check_runs: repository.checkRuns,
  });
  const runJson = (id: number) => {
    const run = runs.find(id);
    return { ...runs.json(run), attempts: run.attempts };
  };
  return [
    {
      method: "POST",
      path: "/apps",
      does: "Registers an App; answers its id, keys and secrets.",
      body: APP,
      run: (_, body) => control.createApp(body as never),
    },
    {
      method: "PUT",
      path: "/apps/:slug/webhook",
      does: "Sets where an App's webhook goes: {url}.",
      run: (context, body) => control.setAppWebhook(param(context, "slug"), String(body.url)),
    },
    {
      method: "POST",
      path: "/accounts",
      does: "Makes a user or an organisation.",
      body: ACCOUNT,
      run: (_, body) => control.createAccount(body as never),
    },
    {
      method: "POST",
      path: "/accounts/:login/rename",
      does: "Renames an account: {login}.",
      run: (context, body) => control.renameAccount(param(context, "login"), String(body.login)),
    },
    {
      method: "POST",
      path: "/users/:login/tokens",
      does: "Issues a user token of an App: {client_id} → {token}.",
      run: (context, body) => ({ token: control.userToken(param(context, "login"), String(body.client_id)) }),
    },
    {
      method: "PUT",
      path: "/sign-in",
      does: "Who signs in where a browser asks: {login}.",
      run: (_, body) => {
        control.grants.defaultUser = String(body.login);
      },
    },
    {
      method: "POST",
      path: "/devices/:code/approve",
      does: "Approves a device's user code: {login}.",
      run: (context, body) => control.approveDevice(param(context, "code"), String(body.login)),
    },
    {
      method: "POST",
      path: "/repositories",
      does: "Makes a repository with files on its default branch.",
      body: REPOSITORY,
      run: (_, body) => repositoryJson(control.createRepository(body as never)),
    },
    {
      method: "GET",
      path: "/repositories/:owner/:repo",
      does: "Tells of a repository, its webhooks and check runs.",
      run: (context) => repositoryJson(control.repository(nameOf(context))),
    },
    {
      method: "PUT",
      path: "/repositories/:owner/:repo/files",
      does: "Pushes files: {files: {path: text or null}, branch?} → {sha}.",
      run: (context, body) =>
        control.push(nameOf(context), body.files as never, body.branch as string | undefined),
    },
    {
      method: "PUT",
      path: "/repositories/:owner/:repo/variables",
      does: "Sets Actions variables: {NAME: value}.",
      run: (context, body) => {
        Object.assign(control.repository(nameOf(context)).variables, body);
      },
    },
    {
      method: "PUT",
      path: "/repositories/:owner/:repo/collaborators/:login",
      does: "Sets a role: {role} of read, triage, write, maintain, admin; null removes.",
      run: (context, body) =>
        control.setRole(nameOf(context), param(context, "login"), body.role as Role | null),
    },
    {
      method: "POST",
      path: "/repositories/:owner/:repo/rename",
      does: "Renames: {name}.",
      run: (context, body) => control.renameRepository(nameOf(context), String(body.name)),
    },
    {
      method: "POST",
      path: "/repositories/:owner/:repo/transfer",
      does: "Transfers to another owner: {owner}.",
      run: (context, body) => control.transferRepository(nameOf(context), String(body.owner)),
    },
    {
      method: "PUT",
      path: "/repositories/:owner/:repo/visibility",
      does: "Makes it private or public: {private}.",
      run: (context, body) => control.setVisibility(nameOf(context), body.private === true),
    },
    {
      method: "DELETE",
      path: "/repositories/:owner/:repo",
      does: "Deletes it.",
      run: (context) => control.deleteRepository(nameOf(context)),
    },
    {
      method: "DELETE",
      path: "/repositories/:owner/:repo/hooks/:hook",
      does: "Removes a webhook behind the App's back.",
      run: (context) => control.deleteHook(nameOf(context), Number(param(context, "hook"))),
    },
    {
      method: "GET",
      path: "/repositories/:owner/:repo/dispatches",
      does: "Every accepted repository_dispatch, with the runs it started and what they printed.",
      run: (context) =>
        control.repository(nameOf(context)).dispatches.map((one) => ({
          at: new Date(one.at).toISOString(),
          event_type: one.eventType,
          client_payload: one.clientPayload,
          app_slug: one.appSlug,
          runs: one.runIds.map(runJson),
        })),
    },
    {
      method: "POST",
      path: "/installations",
      does: "Installs an App on an account.",
      body: INSTALLATION,
      run: async (_, body) => ({ id: (await control.install(body as never)).id }),
    },
    {
      method: "PUT",
      path: "/installations/:id/repositories",
      does: "Adds and removes repositories: {add: [], remove: []}.",
      run: (context, body) => control.changeRepositories(Number(param(context, "id")), body),
    },
    {
      method: "PUT",
      path: "/installations/:id/permissions",
      does: "Accepts other permissions: {name: level}.",
      run: (context, body) => control.setPermissions(Number(param(context, "id")), body as Permissions),
    },
    {
      method: "POST",
      path: "/installations/:id/suspend",
      does: "Suspends it.",
      run: (context) => control.suspend(Number(param(context, "id"))),
    },
    {
      method: "POST",
      path: "/installations/:id/unsuspend",
      does: "Lifts the suspension.",
      run: (context) => control.unsuspend(Number(param(context, "id"))),
    },
    {
      method: "DELETE",
      path: "/installations/:id",
      does: "Uninstalls.",
      run: (context) => control.uninstall(Number(param(context, "id"))),
    },
    {
      method: "POST",
      path: "/runs",
      does: "Starts a run → {run_id, run_attempt, env}, the variables its steps need.",
      body: RUN,
      run: async (_, body) => {
        const run = await control.startRun(body as never);
        if (body.execute === true) await runs.execute(run);
        return control.runAnswer(run);
      },
    },
    {
      method: "GET",
      path: "/runs/:id",
      does: "Tells of a run with its attempts, jobs and logs.",
      run: (context) => runJson(Number(param(context, "id"))),
    },
    {
      method: "POST",
      path: "/runs/:id/complete",
      does: "Finishes it: {conclusion}; sends the signed webhooks and answers how they went.",
      run: async (context, body) => ({
        deliveries: (
          await control.completeRun(Number(param(context, "id")), String(body.conclusion ?? "success"))
        ).map(deliveryJson),
      }),
    },
    {
      method: "POST",
      path: "/runs/:id/rerun",
      does: "Runs it again: {failed_only?, execute?} → as when started, with the next attempt.",
      run: async (context, body) =>
        control.runAnswer(await control.rerun(Number(param(context, "id")), body)),
    },
    {
      method: "GET",
      path: "/deliveries",
      does: "Webhooks sent: ?event=&repository=&hook=.",
      run: (context) => {
        const { event, repository, hook } = context.req.query();
        return control
          .deliveries({
            ...(event ? { event } : {}),
            ...(repository ? { repository } : {}),
            ...(hook ? { hook: Number(hook) } : {}),
          })
          .map(deliveryJson);
      },
    },
    {
      method: "POST",
      path: "/deliveries/:id/redeliver",
      does: "Sends a webhook again, under its GUID.",
      run: async (context) => deliveryJson(await control.redeliver(Number(param(context, "id")))),
    },
    { method: "GET", path: "/faults", does: "Faults still to come.", run: () => faults.list() },
    {
      method: "POST",
      path: "/faults",
      does: "Injects a fault: {target: api|webhook, method?, route? (glob), count? (-1: always), probability?, status?, headers?, body?, latency_ms?, drop?: before|after, rate_limit?: primary|secondary}.",
      run: (_, body) => faults.add(body as Partial<Fault>),
    },
    { method: "DELETE", path: "/faults", does: "Takes all faults back.", run: () => faults.clear() },
    {
      method: "PUT",
      path: "/settings",
      does: `Sets limits and delays: ${Object.keys(DEFAULTS).join(", ")}.`,
      run: (_, body) => {
        Object.assign(world.settings, body);
        limits.reset();
        return world.settings;
      },
    },
    {
      method: "POST",
      path: "/oidc/rotate",
      does: "Makes a new signing key: {forget?} drops the older ones at once.",
      run: (_, body) => oidc.rotate(body.forget === true),
    },
    {
      method: "POST",
      path: "/oidc/sign",
      does: "Signs a token of a run with claims overridden: {run_id, audience, claims?} → {token}.",
      run: async (_, body) => {
        const run = runs.find(Number(body.run_id));
        const claims = {
          ...oidc.claims(run, runs.latest(run).attempt),
          ...(body.claims as object | undefined),
        };
        return { token: await oidc.sign(claims, body.audience as string | undefined) };
      },
    },
    {
      method: "POST",
      path: "/idle",
      does: "Answers once no webhook and no workflow run is on its way.",
      run: () => control.idle(),
    },
  ];
}

/** Serves the control API under `/_control`; `GET /_control` documents it. */
export function controlRoutes(app: Hono<Env>, control: Control): void {
  const routes = routesOf(control);
  const documentation = routes.map(({ method, path, does, body }) => ({
    method,
    path: `/_control${path}`,
    does,
    ...(body ? { body: z.toJSONSchema(body, { io: "input" }) } : {}),
  }));
  app.get("/_control", (context) => context.json({ routes: documentation }));
  for (const route of routes) {
    app.on(route.method, `/_control${route.path}`, async (context) => {
      const body = route.method === "GET" ? {} : await bodyOf(context);
      if (route.body) {
        const parsed = route.body.safeParse(body);
        if (!parsed.success) throw invalid(z.prettifyError(parsed.error));
      }
      return context.json(((await route.run(context, body)) ?? {}) as object);
    });
  }
}
