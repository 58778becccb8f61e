import { type Command, InvalidArgumentError } from "commander";
import { z } from "zod";
import { SETTINGS } from "./control/schemas.ts";
import { DEFAULT_SETTINGS, type Settings, UNKIND_SETTINGS } from "./settings.ts";

/** The options of a command that starts this GitHub. */
export interface SettingOptions {
  unkind?: boolean;
  setting: Partial<Settings>;
}

/** Adds options to a command, by which each setting of this GitHub can be set. */
export const withSettingOptions = (program: Command): Command =>
  program
    .option("--unkind", "a GitHub that is as unkind as the real one can be")
    .option(
      "--setting <name=value>",
      `a setting of GitHub's; may be given again: ${Object.keys(DEFAULT_SETTINGS).join(", ")}`,
      addSetting,
      {},
    );

/** Returns the settings that a command's options ask for: one that is given goes before an unkind one. */
export const settingsOf = ({ unkind, setting }: SettingOptions): Partial<Settings> => ({
  ...(unkind ? UNKIND_SETTINGS : {}),
  ...setting,
});

function addSetting(given: string, settings: Partial<Settings>): Partial<Settings> {
  const [name = "", ...value] = given.split("=");
  const parsed = SETTINGS.safeParse({ [name]: readValue(value.join("=")) });
  if (!parsed.success) throw new InvalidArgumentError(`\n${z.prettifyError(parsed.error)}`);
  return { ...settings, ...(parsed.data as Partial<Settings>) };
}

/** Reads JSON, or else the text itself. */
function readValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
