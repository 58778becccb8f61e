/** The parameters for webhooks: the secrets that sign them, and none that speaks for the App. */
export const INTAKE_PARAMETERS = [
  "WEBHOOK_SECRET",
  "ZEKT_MASTER_KEY",
  "ZEKT_MASTER_KEY_VERSION",
  "ZEKT_MASTER_KEY_PREVIOUS",
] as const;

/** For what works in the background: it speaks to GitHub as the App, and takes in nothing. */
export const BACKGROUND_PARAMETERS = [
  "APP_ID",
  "PRIVATE_KEY",
  "ZEKT_APP_SLUG",
  "ZEKT_MASTER_KEY",
  "ZEKT_MASTER_KEY_VERSION",
  "ZEKT_MASTER_KEY_PREVIOUS",
] as const;

/** For the API: users sign in there besides. */
export const API_PARAMETERS = [...BACKGROUND_PARAMETERS, "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"] as const;
