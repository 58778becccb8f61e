import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import type { Hono } from "hono";
import { html } from "hono/html";
import { bodyOf, type Ctx, type Env, type GitHubParts, paged } from "../context.ts";
import { GitHubError, invalid, notFound } from "../errors.ts";
import { accountJson, installationJson, repositoryJson } from "../payloads.ts";
import type { App, Permissions, UserToken, World } from "../state.ts";
import { rights } from "./repositories.ts";

const HOUR = 3_600_000;
const TOKEN_LIFE = 8 * HOUR;
const REFRESH_LIFE = 184 * 24 * HOUR;
const CODE_LIFE = 600_000;

interface Grant {
  appId: number;
  userId: number | null;
  redirectUri: string | null;
  challenge: string | null;
  expiresAt: number;
  userCode?: string;
}

const secret = (prefix: string): string => `${prefix}${randomBytes(20).toString("hex")}`;

/** Makes an App with keys and secrets of its own. */
export function makeApp(
  world: World,
  wanted: {
    name: string;
    ownerId: number;
    webhookUrl: string;
    webhookSecret?: string;
    permissions: Permissions;
    events: string[];
    callbackUrls?: string[];
  },
): App {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const slug = wanted.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  if ([...world.apps.values()].some((app) => app.slug === slug)) throw invalid("Name has already been taken");
  const id = world.id();
  const botId = world.id();
  world.accounts.set(botId, { id: botId, login: `${slug}[bot]`, type: "Bot", verified: false });
  const now = world.clock.now();
  const app: App = {
    id,
    slug,
    name: wanted.name,
    ownerId: wanted.ownerId,
    botId,
    clientId: `Iv23li${randomBytes(7).toString("hex")}`,
    clientSecret: secret(""),
    privateKey,
    publicKey,
    hook: {
      id: world.id(),
      repositoryId: null,
      url: wanted.webhookUrl,
      secret: wanted.webhookSecret ?? secret(""),
      contentType: "json",
      insecureSsl: "0",
      events: ["*"],
      active: wanted.webhookUrl !== "",
      createdAt: now,
      updatedAt: now,
      deliveries: [],
    },
    permissions: { metadata: "read", ...wanted.permissions },
    events: wanted.events,
    deviceFlow: true,
    callbackUrls: wanted.callbackUrls ?? [],
  };
  world.apps.set(id, app);
  return app;
}

/** Issues a user token of an App. */
export function issueUserToken(world: World, app: App, userId: number): UserToken {
  const now = world.clock.now();
  const token: UserToken = {
    kind: "user",
    token: secret("ghu_"),
    appId: app.id,
    userId,
    expiresAt: now + TOKEN_LIFE,
    refreshToken: secret("ghr_"),
    refreshExpiresAt: now + REFRESH_LIFE,
  };
  world.tokens.set(token.token, token);
  return token;
}

/** Sign-in flows in the making. */
export class Grants {
  readonly codes = new Map<string, Grant>();
  readonly devices = new Map<string, Grant>();
  readonly manifests = new Map<string, Record<string, unknown>>();
  /** Who approves in the browser where the request does not say. */
  defaultUser: string | null = null;
}

const userOf = (context: Ctx) => {
  const caller = context.get("caller");
  if (caller.kind === "nobody") throw new GitHubError(401, "Requires authentication");
  if (caller.kind !== "user") throw new GitHubError(403, "Resource not accessible by integration");
  return caller;
};

const appBySecret = (world: World, authorization: string | undefined): App => {
  const [id, given] = Buffer.from((authorization ?? "").replace(/^basic /i, ""), "base64")
    .toString()
    .split(":");
  const app = [...world.apps.values()].find(
    ({ clientId, clientSecret }) => clientId === id && clientSecret === given,
  );
  if (!app) throw new GitHubError(401, "Bad credentials");
  return app;
};

/** Users, organisations and what they signed in to. */
export function userRoutes(app: Hono<Env>, { world }: GitHubParts): void {
  app.get("/user", (context) => {
    const { userId } = userOf(context);
    return context.json(accountJson(world, world.accounts.get(userId) as never));
  });
  app.get("/users/:login", (context) => {
    const account = world.account(context.req.param("login"));
    if (!account) throw notFound();
    return context.json(accountJson(world, account));
  });
  app.get("/orgs/:login", (context) => {
    const account = world.account(context.req.param("login"));
    if (account?.type !== "Organization") throw notFound();
    return context.json({ ...accountJson(world, account), is_verified: account.verified });
  });
  app.get("/user/installations", (context) => {
    const { app: through, userId } = userOf(context);
    const visible = [...world.installations.values()].filter(
      (one) =>
        one.appId === through.id &&
        world
          .repositoriesOf(one)
          .some(
            (repository) =>
              world.role(userId, repository) !== null &&
              (world.role(userId, repository) !== "read" || repository.private),
          ),
    );
    return context.json({
      total_count: visible.length,
      installations: paged(context, visible).map((one) => installationJson(world, one)),
    });
  });
  app.get("/user/installations/:id/repositories", (context) => {
    const { app: through, userId } = userOf(context);
    const installation = world.installations.get(Number(context.req.param("id")));
    if (installation?.appId !== through.id) throw notFound();
    const visible = world
      .repositoriesOf(installation)
      .filter((repository) => world.role(userId, repository) !== null);
    return context.json({
      total_count: visible.length,
      repository_selection: installation.selection,
      repositories: paged(context, visible).map((one) => ({
        ...repositoryJson(world, one),
        permissions: rights(world.role(userId, one)),
      })),
    });
  });
  app.get("/user/memberships/orgs/:login", (context) => {
    const { userId } = userOf(context);
    const organization = world.account(context.req.param("login"));
    const admin = [...world.repositories.values()].some(
      (repository) =>
        repository.ownerId === organization?.id && repository.collaborators.get(userId) === "admin",
    );
    if (organization?.type !== "Organization" || !admin) throw notFound();
    return context.json({ state: "active", role: "admin", organization: accountJson(world, organization) });
  });
  app.post("/applications/:clientId/token", async (context) => {
    const through = appBySecret(world, context.req.header("authorization"));
    const { access_token } = await bodyOf(context);
    const token = world.tokens.get(String(access_token));
    const good = token?.kind === "user" && token.appId === through.id && token.expiresAt > world.clock.now();
    if (!good || through.clientId !== context.req.param("clientId")) throw notFound();
    return context.json({
      id: 1,
      url: `${world.url}/authorizations/1`,
      scopes: [],
      token: token.token,
      app: { client_id: through.clientId, name: through.name, url: world.url },
      user: accountJson(world, world.accounts.get(token.userId) as never),
      expires_at: new Date(token.expiresAt).toISOString(),
    });
  });
  app.delete("/applications/:clientId/token", async (context) => {
    const through = appBySecret(world, context.req.header("authorization"));
    const { access_token } = await bodyOf(context);
    const token = world.tokens.get(String(access_token));
    if (token?.kind !== "user" || token.appId !== through.id) throw notFound();
    world.tokens.delete(token.token);
    return context.body(null, 204);
  });
}

/** Sign-in in a browser and on a device: https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app */
export function signInRoutes(app: Hono<Env>, { world }: GitHubParts, grants: Grants): void {
  const byClient = (clientId: string | undefined) =>
    [...world.apps.values()].find((one) => one.clientId === clientId);
  app.get("/login/oauth/authorize", (context) => {
    const { client_id, redirect_uri, state, code_challenge, code_challenge_method, login } =
      context.req.query();
    const through = byClient(client_id);
    if (!through) return context.text("404: no such application", 404);
    const redirect = redirect_uri ?? through.callbackUrls[0];
    if (
      !redirect ||
      (through.callbackUrls.length > 0 && !through.callbackUrls.some((url) => redirect.startsWith(url)))
    ) {
      return context.text("The redirect_uri is not associated with this application.", 400);
    }
    if (code_challenge && code_challenge_method !== "S256")
      return context.text("Only S256 is supported.", 400);
    const user = world.account(login ?? grants.defaultUser ?? "");
    if (!user) return context.html(html`<form><p>Sign in as <input name="login" autofocus /></p></form>`);
    const code = secret("");
    grants.codes.set(code, {
      appId: through.id,
      userId: user.id,
      redirectUri: redirect,
      challenge: code_challenge ?? null,
      expiresAt: world.clock.now() + CODE_LIFE,
    });
    const to = new URL(redirect);
    to.searchParams.set("code", code);
    if (state !== undefined) to.searchParams.set("state", state);
    return context.redirect(to.href);
  });
  app.post("/login/device/code", async (context) => {
    const { client_id } = await formOf(context);
    const through = byClient(client_id);
    if (!through?.deviceFlow) return context.json({ error: "device_flow_disabled" }, 400);
    const deviceCode = secret("");
    const userCode = `${randomBytes(2).toString("hex").toUpperCase()}-${randomBytes(2).toString("hex").toUpperCase()}`;
    grants.devices.set(deviceCode, {
      appId: through.id,
      userId: null,
      redirectUri: null,
      challenge: null,
      expiresAt: world.clock.now() + 900_000,
      userCode,
    });
    return context.json({
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${world.url}/login/device`,
      expires_in: 899,
      interval: 5,
    });
  });
  app.post("/login/oauth/access_token", async (context) => {
    const form = await formOf(context);
    const through = byClient(form.client_id);
    const fail = (error: string) =>
      context.json({
        error,
        error_description: error.replaceAll("_", " "),
        error_uri: "https://docs.github.com/apps",
      });
    if (!through) return fail("incorrect_client_credentials");
    const now = world.clock.now();
    const answer = (userId: number) => {
      const token = issueUserToken(world, through, userId);
      return context.json({
        access_token: token.token,
        expires_in: TOKEN_LIFE / 1000,
        refresh_token: token.refreshToken,
        refresh_token_expires_in: REFRESH_LIFE / 1000,
        scope: "",
        token_type: "bearer",
      });
    };
    if (form.grant_type === "urn:ietf:params:oauth:grant-type:device_code") {
      const grant = grants.devices.get(form.device_code ?? "");
      if (!grant || grant.appId !== through.id) return fail("incorrect_device_code");
      if (grant.expiresAt <= now) return fail("expired_token");
      if (grant.userId === null) return fail("authorization_pending");
      grants.devices.delete(form.device_code as string);
      return answer(grant.userId);
    }
    if (form.client_secret !== through.clientSecret) return fail("incorrect_client_credentials");
    if (form.grant_type === "refresh_token") {
      const old = [...world.tokens.values()].find(
        (one) => one.kind === "user" && one.refreshToken === form.refresh_token,
      ) as UserToken | undefined;
      if (!old || old.appId !== through.id || old.refreshExpiresAt <= now) return fail("bad_refresh_token");
      world.tokens.delete(old.token);
      return answer(old.userId);
    }
    const grant = grants.codes.get(form.code ?? "");
    grants.codes.delete(form.code ?? "");
    if (!grant || grant.appId !== through.id || grant.expiresAt <= now) return fail("bad_verification_code");
    if (form.redirect_uri !== undefined && form.redirect_uri !== grant.redirectUri)
      return fail("redirect_uri_mismatch");
    const verified = createHash("sha256")
      .update(form.code_verifier ?? "")
      .digest("base64url");
    if (grant.challenge !== null && grant.challenge !== verified) return fail("bad_verification_code");
    return answer(grant.userId as number);
  });
  manifestRoutes(app, world, grants);
}

/** https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest */
function manifestRoutes(app: Hono<Env>, world: World, grants: Grants): void {
  for (const path of ["/settings/apps/new", "/organizations/:org/settings/apps/new"]) {
    app.post(path, async (context) => {
      const { manifest } = await formOf(context);
      const parsed = JSON.parse(manifest ?? "null") as Record<string, unknown> | null;
      const missing = ["name", "url", "redirect_url"].filter((field) => typeof parsed?.[field] !== "string");
      const unknownEvents = ((parsed?.default_events as string[] | undefined) ?? []).filter((event) =>
        IMPLICIT_EVENTS.has(event),
      );
      if (missing.length > 0) return context.text(`The manifest lacks ${missing.join(", ")}.`, 422);
      if (unknownEvents.length > 0) {
        return context.text(`Default events unsupported: ${unknownEvents.join(", ")}`, 422);
      }
      const code = secret("");
      const org = context.req.param("org" as never) as string | undefined;
      grants.manifests.set(code, { ...parsed, owner: org ?? grants.defaultUser });
      const to = new URL(parsed?.redirect_url as string);
      to.searchParams.set("code", code);
      const state = context.req.query("state");
      if (state !== undefined) to.searchParams.set("state", state);
      return context.redirect(to.href);
    });
  }
  app.post("/app-manifests/:code/conversions", (context) => {
    const manifest = grants.manifests.get(context.req.param("code"));
    if (!manifest) throw notFound();
    grants.manifests.delete(context.req.param("code"));
    const owner = world.account(String(manifest.owner)) ?? [...world.accounts.values()][0];
    if (!owner) throw invalid("There is nobody to own the App.");
    const made = makeApp(world, {
      name: manifest.name as string,
      ownerId: owner.id,
      webhookUrl: (manifest.hook_attributes as { url?: string } | undefined)?.url ?? "",
      permissions: (manifest.default_permissions ?? {}) as Permissions,
      events: (manifest.default_events ?? []) as string[],
      callbackUrls: (manifest.callback_urls ?? []) as string[],
    });
    return context.json(
      {
        id: made.id,
        slug: made.slug,
        node_id: "",
        owner: accountJson(world, owner),
        name: made.name,
        html_url: `${world.url}/apps/${made.slug}`,
        client_id: made.clientId,
        client_secret: made.clientSecret,
        webhook_secret: made.hook.secret,
        pem: made.privateKey,
        permissions: made.permissions,
        events: made.events,
      },
      201,
    );
  });
}

/** Events every App gets, which therefore cannot be subscribed to. */
export const IMPLICIT_EVENTS = new Set([
  "installation",
  "installation_repositories",
  "github_app_authorization",
]);

/** Reads a form or a JSON body, as GitHub's sign-in pages take both. */
async function formOf(context: Ctx): Promise<Record<string, string | undefined>> {
  if (context.req.header("content-type")?.includes("json"))
    return (await bodyOf(context)) as Record<string, string>;
  return Object.fromEntries(new URLSearchParams(await context.req.text()));
}
