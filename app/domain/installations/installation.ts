/** The permissions that the App requests, as `app.yml` has them; an installation may have granted older ones. */
export const REQUIRED_PERMISSIONS = {
  metadata: "read",
  actions: "read",
  contents: "write",
  repository_hooks: "write",
  checks: "write",
  members: "read",
} as const satisfies Record<string, "read" | "write">;

/** Permissions that the App asks for and an installation has not granted yet, as GitHub names them. */
export const missingPermissions = (granted: Readonly<Record<string, string>>): string[] =>
  Object.entries(REQUIRED_PERMISSIONS)
    .filter(([name, level]) => granted[name] !== level && granted[name] !== "write")
    .map(([name, level]) => `${name}: ${level}`);

/** The events of the App's own webhook, as `app.yml` lists them. */
export const REQUIRED_EVENTS: readonly string[] = ["installation_target", "repository", "push"];

/** Events that Zekt needs, and that an App does not subscribe to. */
export const missingEvents = (subscribed: readonly string[]): string[] =>
  REQUIRED_EVENTS.filter((name) => !subscribed.includes(name));
