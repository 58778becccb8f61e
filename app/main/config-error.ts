/** A setting that is missing or wrong, and where to get it. */
export interface SettingProblem {
  setting: string;
  message: string;
}

/** A setting is missing or wrong; the message names each one and where to get it. */
export class ConfigError extends Error {
  override name = "ConfigError";
}
