import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  APP_SETTINGS,
  besideSetup,
  type Config,
  checkConfig,
  unknownSettings,
} from "../../app/main/config.ts";
import { urlOf } from "../../app/main/host-and-port.ts";
import { dataFolder, serverEnv } from "../data/server-env.ts";
import type { Io } from "../io.ts";
import { checkReady } from "./check-access.ts";
import { checkApp } from "./check-app.ts";
import { type Finding, fault, ok, warning } from "./finding.ts";

/** Returns whether a server is set up in this folder: by settings, or by a data folder. */
export function hasServer(io: Io, data: string | undefined): boolean {
  const env = serverEnv(io);
  return data !== undefined || APP_SETTINGS.some((name) => env[name]) || existsSync(dataFolder(io, data));
}

/** Checks a server that is set up on this machine: its settings, its data folder, its App, and itself. */
export async function checkServer(io: Io, data: string | undefined): Promise<Finding[]> {
  const folder = dataFolder(io, data);
  const env: Readonly<Record<string, string | undefined>> = {
    ...besideSetup(madeBySetup(folder), serverEnv(io)),
    ZEKT_DATA_DIR: folder,
  };
  const { config, problems } = checkConfig(env);
  const hasApp = APP_SETTINGS.some((name) => env[name]);
  const findings = [
    ...(hasApp ? [] : [NO_APP]),
    ...problems
      .filter(({ setting }) => hasApp || env[setting] || !isOfApp(setting))
      .map(({ setting, message }) =>
        fault("settings", `${setting}: ${message}`, "docs/configuration.md lists all settings."),
      ),
    ...unknownSettings(env).map(({ setting, message }) =>
      warning("settings", `${setting}: ${message}`, "Correct its name, or remove it."),
    ),
    ...(config ? [ok("settings", `all are right, for App ${config.APP_ID}`)] : []),
    checkFolder(folder),
  ];
  if (!config) return findings;
  const { findings: ready } = await checkReady("server", new URL("/readyz", addressOf(config)));
  return [...findings, ...ready, ...(await checkApp(io, config))];
}

const NO_APP = fault(
  "settings",
  "there is no GitHub App yet",
  "Start the server: its first page has GitHub make one. Or set those of an App: docs/configuration.md.",
);

/** Says whether the first page makes a setting, so that one that is not set is no fault. */
const isOfApp = (setting: string): boolean => ["ZEKT_MASTER_KEY", ...APP_SETTINGS].includes(setting);

const addressOf = ({ ZEKT_PUBLIC_URL, HOST, PORT }: Config): string => ZEKT_PUBLIC_URL ?? urlOf(HOST, PORT);

/** Returns the settings that the first page stored; none where it did not, or they are damaged. */
function madeBySetup(folder: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(join(folder, "app.json"), "utf8")) as Record<string, string>;
  } catch {
    return {};
  }
}

function checkFolder(folder: string): Finding {
  if (!existsSync(folder))
    return warning("data", `${folder} is not there yet`, "Nothing: the first start makes it.");
  try {
    accessSync(folder, constants.W_OK | constants.R_OK);
    return ok("data", `${folder} can be written`);
  } catch {
    return fault(
      "data",
      `${folder} cannot be written`,
      "Give it to the user that Zekt runs as, or set ZEKT_DATA_DIR.",
    );
  }
}
