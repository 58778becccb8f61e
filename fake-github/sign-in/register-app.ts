import { randomBytes } from "node:crypto";
import { invalid } from "../errors.ts";
import type { App, Permissions } from "../state.ts";
import { unsupportedEvents } from "../webhook-events.ts";
import type { World } from "../world.ts";
import { newSecret } from "./secrets.ts";

export interface AppWish {
  name: string;
  ownerId: number;
  description?: string;
  homepage?: string;
  webhookUrl: string;
  webhookSecret?: string;
  permissions: Permissions;
  events: string[];
  callbackUrls?: string[];
  /** True unless given, as somebody would set it in the App's settings. */
  deviceFlow?: boolean;
}

/**
 * Registers an App, with keys and secrets of its own. Its private key is PKCS#1, as GitHub's are.
 *
 * @throws GitHubError 422 where the name is taken, or its permissions do not allow an event
 */
export function registerApp(world: World, wish: AppWish): App {
  const slug = wish.name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  if ([...world.apps.values()].some((app) => app.slug === slug)) throw invalid("Name has already been taken");
  const permissions: Permissions = { metadata: "read", ...wish.permissions };
  const unsupported = unsupportedEvents(wish.events, permissions);
  if (unsupported.length > 0) {
    throw invalid(
      `Default events are not supported by permissions: ${unsupported.join(", ")}. Events of installations reach every App and cannot be subscribed to.`,
    );
  }
  const keys = world.keyPairs.next();
  const now = world.clock.now();
  const id = world.id();
  const botId = world.id();
  const bot = { id: botId, login: `${slug}[bot]`, type: "Bot" as const, verified: false };
  const none = { members: new Map(), guards: new Set<never>(), signedOnTo: new Set<never>() };
  world.accounts.set(botId, { ...bot, ...none, createdAt: now });
  const app: App = {
    id,
    slug,
    name: wish.name,
    description: wish.description ?? "",
    homepage: wish.homepage ?? world.url,
    ownerId: wish.ownerId,
    botId,
    clientId: `Iv23li${randomBytes(7).toString("hex")}`,
    clientSecret: newSecret(),
    privateKey: keys.privateKey.export({ type: "pkcs1", format: "pem" }) as string,
    publicKey: keys.publicKey.export({ type: "spki", format: "pem" }) as string,
    hook: {
      id: world.id(),
      repositoryId: null,
      appId: id,
      url: wish.webhookUrl,
      secret: wish.webhookSecret ?? newSecret(),
      contentType: "json",
      insecureSsl: "0",
      events: ["*"],
      active: wish.webhookUrl !== "",
      createdAt: now,
      updatedAt: now,
      deliveries: [],
    },
    permissions,
    events: wish.events,
    deviceFlow: wish.deviceFlow ?? true,
    callbackUrls: wish.callbackUrls ?? [],
    createdAt: now,
  };
  world.apps.set(id, app);
  return app;
}
