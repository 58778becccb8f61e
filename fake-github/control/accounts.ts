import type { z } from "zod";
import type { GitHubParts } from "../context.ts";
import { notFound } from "../errors.ts";
import type { Guard } from "../guards.ts";
import { accountJson } from "../payloads/account.ts";
import { registerApp } from "../sign-in/register-app.ts";
import { issueUserToken, revokeUserTokens } from "../sign-in/user-tokens.ts";
import type { Account } from "../state.ts";
import { lookups } from "./lookups.ts";
import { ACCOUNT, APP } from "./schemas.ts";

/** Accounts, Apps, and what users let Apps do. */
export function accountControl({ world, webhooks, grants }: GitHubParts) {
  const find = lookups(world);
  return {
    account: find.account,
    app: find.app,

    /** Makes a user or an organization; one that is there already is left as it is. */
    createAccount(input: z.input<typeof ACCOUNT>): Account {
      const { login, type, is_verified: verified } = ACCOUNT.parse(input);
      const known = world.account(login);
      if (known) return known;
      const now = world.clock.now();
      const account: Account = {
        id: world.id(),
        login,
        type,
        verified,
        members: new Map(),
        guards: new Set(),
        signedOnTo: new Set(),
        createdAt: now,
      };
      world.accounts.set(account.id, account);
      return account;
    },

    /** Gives an account another login; Apps that subscribed to `installation_target` hear of it. */
    async renameAccount(login: string, to: string): Promise<void> {
      const account = find.account(login);
      const from = account.login;
      for (const repository of world.repositories.values()) {
        if (repository.ownerId === account.id)
          world.formerNames.set(world.fullName(repository).toLowerCase(), repository.id);
      }
      account.login = to;
      for (const installation of world.installations.values()) {
        if (installation.accountId !== account.id) continue;
        if (!world.appOf(installation).events.includes("installation_target")) continue;
        await webhooks.ofInstallation(installation, "installation_target", {
          action: "renamed",
          account: accountJson(world, account),
          changes: { login: { from } },
          target_type: account.type,
        });
      }
    },

    /** Makes a user an organization's admin or member; null takes them out. */
    setMember(organization: string, login: string, role: "admin" | "member" | null): void {
      const { members } = find.account(organization);
      if (role === null) members.delete(find.account(login).id);
      else members.set(find.account(login).id, role);
    },

    /** Sets what an organization asks of a token beside its rights. */
    setGuards(organization: string, guards: readonly Guard[]): void {
      find.account(organization).guards = new Set(guards);
    },

    /** A user signs on to an organization, as its own sign-on asks; the tokens there are stay as they are. */
    signOn(login: string, organization: string): void {
      find.account(login).signedOnTo.add(find.account(organization).id);
    },

    /** Registers an App, and answers what GitHub's pages would show its owner. */
    createApp(input: z.input<typeof APP>) {
      const wanted = APP.parse(input);
      const app = registerApp(world, {
        name: wanted.name,
        ownerId: find.account(wanted.owner).id,
        webhookUrl: wanted.webhook_url,
        ...(wanted.webhook_secret ? { webhookSecret: wanted.webhook_secret } : {}),
        permissions: wanted.permissions,
        events: wanted.events,
        callbackUrls: wanted.callback_urls,
      });
      return {
        app_id: String(app.id),
        slug: app.slug,
        client_id: app.clientId,
        client_secret: app.clientSecret,
        private_key: app.privateKey,
        webhook_secret: app.hook.secret as string,
      };
    },

    /** Sets where an App's webhook goes; nowhere with an empty text. */
    setAppWebhook(slug: string, url: string): void {
      const { hook } = find.app(slug);
      hook.url = url;
      hook.active = url !== "";
    },

    /** Sets where an App may send its users after they signed in. */
    setCallbackUrls(slug: string, urls: string[]): void {
      find.app(slug).callbackUrls = urls;
    },

    /** Issues a user token of an App. */
    userToken(login: string, clientId: string): string {
      return issueUserToken(world, find.appByClient(clientId), find.account(login).id).token;
    },

    /** A user takes back what they let an App do; the App hears of it. */
    async revokeAuthorization(login: string, clientId: string): Promise<void> {
      const app = find.appByClient(clientId);
      const user = find.account(login);
      revokeUserTokens(world, app, user.id);
      await webhooks.revoked(app, user);
    },

    /** Sets who is signed in where a browser asks, and whether they deny the request. */
    setSignIn(login: string | null, deny = false): void {
      grants.defaultUser = login;
      grants.deny = deny;
    },

    /** Somebody answers a device's user code. */
    approveDevice(userCode: string, login: string, deny = false): void {
      const grant = grants.device(userCode);
      if (!grant) throw notFound();
      if (deny) grant.denied = true;
      else grant.userId = find.account(login).id;
    },
  };
}
