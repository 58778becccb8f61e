import type { Hono } from "hono";
import { html } from "hono/html";
import { type Env, type GitHubParts, param } from "../context.ts";
import { invalid, notFound } from "../errors.ts";
import { appJson } from "../payloads/app.ts";
import type { Permissions } from "../state.ts";
import { PRIVATE_HOST, unsupportedEvents } from "../webhook-events.ts";
import type { World } from "../world.ts";
import { formOf } from "./form.ts";
import { registerApp } from "./register-app.ts";
import { newSecret } from "./secrets.ts";

const CODE_LIFE = 3_600_000;

interface Manifest {
  name?: unknown;
  url?: unknown;
  description?: string;
  redirect_url?: string;
  hook_attributes?: { url?: unknown; active?: boolean };
  callback_urls?: string[];
  default_permissions?: Permissions;
  default_events?: string[];
}

/** Returns the faults for which GitHub would refuse a manifest, one line each. */
function faultsOf(world: World, manifest: Manifest): string[] {
  const {
    name,
    url,
    redirect_url,
    hook_attributes,
    default_events = [],
    default_permissions = {},
  } = manifest;
  const faults: string[] = [];
  if (typeof url !== "string" || !URL.canParse(url)) faults.push("url is not a URL.");
  if (typeof redirect_url !== "string" || !URL.canParse(redirect_url))
    faults.push("redirect_url is not a URL.");
  if (hook_attributes && (typeof hook_attributes.url !== "string" || !URL.canParse(hook_attributes.url))) {
    faults.push("Hook url cannot be blank.");
  }
  const host = URL.canParse(String(hook_attributes?.url))
    ? new URL(String(hook_attributes?.url)).hostname
    : "";
  // In github.com's words: https://github.com/orgs/community/discussions/156427
  if (world.settings.publicHooksOnly && PRIVATE_HOST.test(host)) {
    faults.push(`Hook url is not supported because it isn't reachable over the public Internet (${host}).`);
  }
  const taken = [...world.apps.values()].some((app) => app.name === name);
  if (taken) faults.push("Name has already been taken.");
  const events = unsupportedEvents(default_events, { metadata: "read", ...default_permissions });
  if (events.length > 0) faults.push(`Default events unsupported: ${events.join(", ")}.`);
  return faults;
}

/**
 * Registering an App from a manifest. The page that would ask its user sends them on at once.
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export function manifestRoutes(app: Hono<Env>, { world, grants, webhooks }: GitHubParts): void {
  for (const path of ["/settings/apps/new", "/organizations/:org/settings/apps/new"]) {
    app.post(path, async (context) => {
      const { manifest: text, state } = await formOf(context);
      const manifest = parse(text);
      const faults = manifest ? faultsOf(world, manifest) : ["The manifest is not JSON."];
      if (!manifest || faults.length > 0) {
        return context.html(html`<h1>Invalid manifest</h1><p>${faults.join(" ")}</p>`, 422);
      }
      const code = newSecret();
      const owner = param(context, "org") || grants.defaultUser;
      grants.manifests.set(code, { ...manifest, owner, expiresAt: world.clock.now() + CODE_LIFE });
      const to = new URL(manifest.redirect_url as string);
      to.searchParams.set("code", code);
      if (state !== undefined) to.searchParams.set("state", state);
      return context.redirect(to.href);
    });
  }
  app.post("/app-manifests/:code/conversions", (context) => {
    const code = param(context, "code");
    const manifest = grants.manifests.get(code) as
      | (Manifest & { owner: string | null; expiresAt: number })
      | undefined;
    grants.manifests.delete(code);
    if (!manifest || manifest.expiresAt <= world.clock.now()) throw notFound();
    const owner = world.account(manifest.owner ?? "") ?? firstPerson(world);
    const made = registerApp(world, {
      name: typeof manifest.name === "string" ? manifest.name : `app-${world.id()}`,
      ownerId: owner.id,
      description: manifest.description ?? "",
      homepage: manifest.url as string,
      webhookUrl: (manifest.hook_attributes?.url as string | undefined) ?? "",
      permissions: manifest.default_permissions ?? {},
      events: manifest.default_events ?? [],
      callbackUrls: manifest.callback_urls ?? [],
      // A manifest cannot ask for it: the owner turns it on afterwards.
      deviceFlow: false,
    });
    if (manifest.hook_attributes?.active === false) made.hook.active = false;
    void webhooks.pingApp(made);
    return context.json(
      {
        ...appJson(world, made),
        client_secret: made.clientSecret,
        webhook_secret: made.hook.active ? made.hook.secret : null,
        pem: made.privateKey,
      },
      201,
    );
  });
}

function parse(text: string | undefined): Manifest | null {
  try {
    return JSON.parse(text ?? "") as Manifest;
  } catch {
    return null;
  }
}

function firstPerson(world: World) {
  const person = [...world.accounts.values()].find(({ type }) => type === "User");
  if (!person) throw invalid("Make an account first (POST /_control/accounts): somebody must own the App.");
  return person;
}
