import { Command } from "commander";
import { expect, test } from "vitest";
import { type SettingOptions, settingsOf, withSettingOptions } from "../../fake-github/setting-options.ts";
import { DEFAULT_SETTINGS, UNKIND_SETTINGS } from "../../fake-github/settings.ts";

const optionsOf = (...args: string[]) => {
  const program = withSettingOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return settingsOf(program.parse(args, { from: "user" }).opts<SettingOptions>());
};

test("each setting can be given on the command line", () => {
  const all = Object.entries(DEFAULT_SETTINGS);
  const args = all.flatMap(([name, value]) => [
    "--setting",
    `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`,
  ]);
  expect(optionsOf(...args)).toEqual(DEFAULT_SETTINGS);
});

test("an unkind GitHub is one option, and a setting beside it goes before", () => {
  expect(optionsOf()).toEqual({});
  expect(optionsOf("--unkind", "--setting", "tokenSpreadMs=0")).toEqual({
    ...UNKIND_SETTINGS,
    tokenSpreadMs: 0,
  });
});

test.each(["speed=1", "tokenSpreadMs=soon", "runners"])("the setting %s is refused", (given) => {
  expect(() => optionsOf("--setting", given)).toThrow(/argument '/);
});
