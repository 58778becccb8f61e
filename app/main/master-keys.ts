import type { Config } from "./config.ts";
import type { SettingProblem } from "./config-error.ts";

type MasterKeys = Pick<Config, "ZEKT_MASTER_KEY" | "ZEKT_MASTER_KEY_PREVIOUS" | "ZEKT_MASTER_KEY_VERSION">;

/** Finds settings of master keys that are right by themselves and wrong together; one that is not read is right. */
export function conflictsOfKeys({
  ZEKT_MASTER_KEY: key,
  ZEKT_MASTER_KEY_PREVIOUS: previous,
  ZEKT_MASTER_KEY_VERSION: version,
}: Partial<MasterKeys>): SettingProblem[] {
  if (previous === undefined) return [];
  const problems: SettingProblem[] = [];
  // Versions begin at 1. The secrets of webhooks that are placed name the version they were made by.
  if (version !== undefined && version <= 1) {
    problems.push({
      setting: "ZEKT_MASTER_KEY_VERSION",
      message: "must be raised by one with each new ZEKT_MASTER_KEY: with a previous key it is 2 or more",
    });
  }
  if (previous === key) {
    problems.push({
      setting: "ZEKT_MASTER_KEY_PREVIOUS",
      message: "must be the key before; it is the same as ZEKT_MASTER_KEY",
    });
  }
  return problems;
}
