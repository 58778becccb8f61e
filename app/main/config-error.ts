/** A setting is missing or wrong; the message names each one and where to get it. */
export class ConfigError extends Error {
  override name = "ConfigError";
}
