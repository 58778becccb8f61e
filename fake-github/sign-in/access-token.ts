import type { Hono } from "hono";
import type { Env, GitHubParts } from "../context.ts";
import type { App, UserToken } from "../state.ts";
import { formAnswer, formOf } from "./form.ts";
import { challengeOf } from "./secrets.ts";
import { issueUserToken, userTokenJson } from "./user-tokens.ts";

type Form = Record<string, string | undefined>;

/** A refusal by its code, as the endpoint answers it with status 200. */
class Refused extends Error {
  readonly more: Record<string, string>;

  constructor(code: string, more: Record<string, string> = {}) {
    super(code);
    this.more = more;
  }
}

const DESCRIPTIONS: Record<string, string> = {
  authorization_pending: "The authorization request is still pending.",
  access_denied: "The authorization request was denied.",
  bad_refresh_token: "The refresh token passed is incorrect or expired.",
  bad_verification_code: "The code passed is incorrect or expired.",
  expired_token: "This 'device_code' has expired.",
  incorrect_client_credentials: "The client_id and/or client_secret passed are incorrect.",
  incorrect_device_code: "The device_code provided is not valid.",
  redirect_uri_mismatch: "The redirect_uri MUST match the registered callback URL for this application.",
  slow_down: "Too many requests have been made in the same timeframe.",
  unsupported_grant_type: "The grant type is not supported.",
};

const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

/** Exchanges a code, a refresh token or a device's code for a user token. */
export function accessTokenRoute(app: Hono<Env>, parts: GitHubParts): void {
  const { world } = parts;
  app.post("/login/oauth/access_token", async (context) => {
    const form = await formOf(context);
    try {
      const through = [...world.apps.values()].find(({ clientId }) => clientId === form.client_id);
      if (!through) throw new Refused("incorrect_client_credentials");
      return formAnswer(context, userTokenJson(exchange(parts, through, form)));
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return formAnswer(context, {
        ...error.more,
        error: error.message,
        error_description: DESCRIPTIONS[error.message] ?? error.message,
        error_uri:
          "https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors",
      });
    }
  });
}

function exchange(parts: GitHubParts, app: App, form: Form): UserToken {
  if (form.grant_type === DEVICE) return byDevice(parts, app, form);
  if (form.grant_type === "refresh_token") return byRefreshToken(parts, app, form);
  if (form.grant_type !== undefined && form.grant_type !== "authorization_code") {
    throw new Refused("unsupported_grant_type");
  }
  return byCode(parts, app, form);
}

function byCode({ world, grants }: GitHubParts, app: App, form: Form): UserToken {
  if (form.client_secret !== app.clientSecret) throw new Refused("incorrect_client_credentials");
  const grant = grants.codes.get(form.code ?? "");
  if (!grant || grant.appId !== app.id) throw new Refused("bad_verification_code");
  // A code is good for one try.
  grants.codes.delete(form.code ?? "");
  if (grant.expiresAt <= world.clock.now()) throw new Refused("bad_verification_code");
  if (form.redirect_uri !== undefined && form.redirect_uri !== grant.redirectUri) {
    throw new Refused("redirect_uri_mismatch");
  }
  if (grant.challenge !== null && grant.challenge !== challengeOf(form.code_verifier ?? "")) {
    throw new Refused("bad_verification_code");
  }
  return issueUserToken(world, app, grant.userId);
}

function byRefreshToken({ world }: GitHubParts, app: App, form: Form): UserToken {
  const old = [...world.tokens.values()].find(
    (one): one is UserToken => one.kind === "user" && one.refreshToken === form.refresh_token,
  );
  if (!old?.viaDevice && form.client_secret !== app.clientSecret) {
    throw new Refused("incorrect_client_credentials");
  }
  if (!old || old.appId !== app.id || old.refreshExpiresAt <= world.clock.now()) {
    throw new Refused("bad_refresh_token");
  }
  world.tokens.delete(old.token);
  // What its user signed on to meanwhile a renewed token does not reach.
  return issueUserToken(world, app, old.userId, old.viaDevice, old.signedOnTo);
}

function byDevice({ world, grants }: GitHubParts, app: App, form: Form): UserToken {
  const now = world.clock.now();
  const grant = grants.devices.get(form.device_code ?? "");
  if (!grant || grant.appId !== app.id) throw new Refused("incorrect_device_code");
  if (grant.expiresAt <= now) throw new Refused("expired_token");
  if (grant.denied) throw new Refused("access_denied");
  if (grant.userId === null) {
    const early = now < grant.polledAt + grant.interval * 1000;
    grant.polledAt = now;
    if (!early) throw new Refused("authorization_pending");
    grant.interval += 5;
    // https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps#error-codes-for-the-device-flow
    throw new Refused("slow_down", { interval: String(grant.interval) });
  }
  grants.devices.delete(form.device_code ?? "");
  return issueUserToken(world, app, grant.userId, true);
}
