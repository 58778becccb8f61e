/** The App's permissions, as `app.yml` lists them. */
export const REQUIRED_PERMISSIONS: Readonly<Record<string, "read" | "write">> = {
  metadata: "read",
  actions: "read",
  contents: "write",
  repository_hooks: "write",
  checks: "write",
  members: "read",
};

/** The events of the App's own webhook, as `app.yml` lists them. */
export const REQUIRED_EVENTS: readonly string[] = ["installation_target", "repository", "push"];
