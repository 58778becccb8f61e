import { readFileSync } from "node:fs";
import { z } from "zod";
import { type Environment, setIn } from "../../shared/environment.ts";
import { DEFAULT_ACTIONS } from "../domain/catalog/example-workflow.ts";
import { DEFAULT_BUDGET } from "../domain/delivery/budget.ts";
import { inWords } from "../domain/input-words.ts";
import { isItMeant } from "../domain/nearest-name.ts";
import { ConfigError, type SettingProblem } from "./config-error.ts";
import { hostAndPort } from "./host-and-port.ts";
import { conflictsOfKeys } from "./master-keys.ts";
import { originOf } from "./origin-of.ts";
import { readPrivateKey } from "./private-key.ts";

const url = z.url({ protocol: /^https?$/ }).transform((value) => value.replace(/\/+$/, ""));
/** Where this server is: written as browsers write it, which compare it with their own. */
const ownUrl = url
  .refine(
    (value) => originOf(value) !== null,
    "must be an address alone, such as https://zekt.example.com, without a path, a user, ? or #",
  )
  .transform((value) => originOf(value) ?? value);
const masterKey = { error: "must have at least 32 characters: `openssl rand -hex 32`" };
const flag = z.enum(["true", "false"]).transform((value) => value === "true");

/** Reads a list with commas between its entries; empty ones are none. */
export const entriesOf = (list: string): string[] =>
  list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");

/** Reads the issuers of a list, without the slash at their end. */
export const issuersOf = (list: string): string[] =>
  entriesOf(list)
    .map((issuer) => issuer.replace(/\/+$/, ""))
    .filter((issuer) => issuer !== "");

const areAddresses = (list: readonly string[]): boolean =>
  list.length > 0 && list.every((one) => url.safeParse(one).success);

/** Reads the headers of a list, whose values are percent-encoded; null where one is none that can be sent. */
export function headersOf(list: string): Record<string, string> | null {
  const entries = entriesOf(list).map((one) => /^\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*([!-+\--~]*)\s*$/.exec(one));
  try {
    const headers = new Headers(
      entries.map((found): [string, string] => {
        if (!found) throw new URIError();
        return [found[1] ?? "", decodeURIComponent(found[2] ?? "")];
      }),
    );
    return Object.fromEntries(headers);
  } catch {
    return null;
  }
}

/** The data folder, unless another is set. */
export const DEFAULT_DATA_DIR = ".zekt";

const APP_PAGE = "github.com/settings/apps → your App";

/**
 * Every setting, by the variable it comes from. What `.env.example` lists, and docs/configuration.md is
 * made of: the error of a setting that must be there says what it is as well.
 */
export const schema = z.object({
  APP_ID: z.string({ error: `the App's id, a number: ${APP_PAGE} → General → About` }).regex(/^\d+$/, {
    error: `must be the App's id, a number: ${APP_PAGE} → General → About`,
  }),
  PRIVATE_KEY: z
    .string({
      error: `the App's private key in PEM (or PRIVATE_KEY_PATH, its file): ${APP_PAGE} → General → Private keys`,
    })
    .transform((given, context) => {
      const key = readPrivateKey(given);
      if (key !== null) return key;
      context.addIssue({
        code: "custom",
        message:
          "must be a whole RSA key in PEM, from -----BEGIN … PRIVATE KEY----- to -----END … PRIVATE KEY-----, as GitHub's .pem file has it",
      });
      return z.NEVER;
    }),
  PRIVATE_KEY_PATH: z
    .string()
    .optional()
    .describe("A file that holds the App's private key, read where `PRIVATE_KEY` is not set"),
  WEBHOOK_SECRET: z
    .string({ error: `the App's webhook secret: ${APP_PAGE} → General → Webhook` })
    .min(8, { error: "must have at least 8 characters" })
    .refine((secret) => secret !== "development", {
      error: 'must be a secret of your own, not "development"',
    }),
  ZEKT_MASTER_KEY: z
    .string({
      error:
        "the key that secrets of repositories' webhooks and sessions derive from: `openssl rand -hex 32`",
    })
    .min(32, masterKey),
  ZEKT_MASTER_KEY_VERSION: z.coerce
    .number()
    .int()
    .min(1)
    .default(1)
    .describe("Raised by one with each new `ZEKT_MASTER_KEY`"),
  ZEKT_MASTER_KEY_PREVIOUS: z
    .string()
    .min(32, masterKey)
    .optional()
    .describe("The master key before, good until every webhook has its new secret"),
  GITHUB_CLIENT_ID: z.string({ error: `the App's client id: ${APP_PAGE} → General → About` }),
  GITHUB_CLIENT_SECRET: z.string({
    error: `a client secret of the App: ${APP_PAGE} → General → Client secrets`,
  }),
  ZEKT_APP_SLUG: z
    .string()
    .optional()
    .describe("The App's name in its address, `github.com/apps/<slug>`; asked of GitHub where it is not set"),
  ZEKT_APP_URL: url
    .optional()
    .describe(
      "The App's page on GitHub; asked of GitHub by the server where it is not set. `https://HOST/github-apps/<slug>` on an Enterprise Server",
    ),
  ZEKT_PUBLIC_URL: ownUrl
    .optional()
    .describe(
      "The origin by which GitHub and workflow steps reach this server, such as `https://zekt.example.com`; else the address it listens on",
    ),
  ZEKT_SMEE_URL: url
    .optional()
    .describe(
      "A smee channel that brings GitHub's webhooks to a machine that GitHub cannot reach: `https://smee.io/new` makes one",
    ),
  ZEKT_DATA_DIR: z
    .string()
    .default(DEFAULT_DATA_DIR)
    .describe("The folder that keeps all data, and the App's settings where the first page made the App"),
  ZEKT_LEGACY_AUDIENCE: flag
    .default(false)
    .describe("Whether tokens of the audience `api://zekt` are taken, too, for older clients"),
  ZEKT_PRIVATE_RECEIVERS: flag
    .default(false)
    .describe("Whether notifications may go to private addresses and over plain HTTP"),
  ZEKT_BREAKER_LIMIT: z.coerce
    .number()
    .int()
    .min(1)
    .default(1000)
    .describe("Events a workflow may have in an hour before its chain is taken for a loop and blocked"),
  ZEKT_DISPATCHES_PER_MINUTE: z.coerce
    .number()
    .int()
    .min(1)
    .default(DEFAULT_BUDGET.perMinute)
    .describe("Dispatches to one consumer installation in a minute, at most"),
  ZEKT_DISPATCHES_PER_HOUR: z.coerce
    .number()
    .int()
    .min(1)
    .default(DEFAULT_BUDGET.perHour)
    .describe("Dispatches to one consumer installation in an hour, at most"),
  ZEKT_ACTIONS: z
    .string()
    .regex(/^[\w.-]+\/[\w.-]+@[\w./-]+(?: # [\w. -]+)?$/, {
      error: "must be owner/repository@version, such as acme/zekt-action@v1, or @<sha> # v1.2.0",
    })
    .default(DEFAULT_ACTIONS)
    .describe(
      "The actions that examples of workflows use, as `owner/repository@version` or `@<sha> # version`; in `.env` the latter needs double quotes",
    ),
  ZEKT_COST_PER_EVENT: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe("What an event costs, allowed or blocked, as usage shows it"),
  ZEKT_CURRENCY: z
    .string()
    .regex(/^[A-Z]{3}$/, { error: "must be a currency's code of three letters, such as EUR" })
    .default("USD")
    .describe("The currency of `ZEKT_COST_PER_EVENT`, by its code of three letters"),
  GITHUB_API_URL: url
    .default("https://api.github.com")
    .describe("GitHub's API; `https://HOST/api/v3` for an Enterprise Server"),
  GITHUB_WEB_URL: url
    .default("https://github.com")
    .describe("GitHub's pages; `https://HOST` for an Enterprise Server"),
  GITHUB_OIDC_ISSUER: z
    .string()
    .refine((list) => areAddresses(issuersOf(list)), {
      error:
        "must be addresses such as https://token.actions.githubusercontent.com, with commas between them",
    })
    .default("https://token.actions.githubusercontent.com")
    .describe(
      "The issuer of workflow steps' tokens, or several of the same GitHub with commas between them; `https://token.actions.SUBDOMAIN.ghe.com` on ghe.com, `https://HOST/_services/token` for an Enterprise Server. An enterprise's own issuer, with its slug at the end, is taken too",
    ),
  ZEKT_OPERATORS: z
    .string()
    .refine((list) => entriesOf(list).every((id) => /^\d+$/.test(id)), {
      error: "must be GitHub's ids of users, with commas between them; `zekt login` prints yours",
    })
    .default("")
    .describe(
      "GitHub's ids of the users who see what is stuck over all owners, with commas between them; `zekt login` prints yours",
    ),
  OTEL_EXPORTER_OTLP_ENDPOINT: url
    .optional()
    .describe(
      "The collector of OpenTelemetry that traces go to, as JSON over HTTP, such as `http://127.0.0.1:4318`; without it there are none",
    ),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .refine((list) => headersOf(list) !== null, {
      error:
        "must be name=value, with commas between them and values percent-encoded: a blank is %20, a comma %2C",
    })
    .default("")
    .describe(
      "Headers for the collector, as `name=value` with commas between them; values are percent-encoded",
    ),
  OTEL_SERVICE_NAME: z.string().default("zekt").describe("The name of this service in traces"),
  ZEKT_METRICS: z
    .string()
    .refine((address) => hostAndPort(address) !== null, {
      error: "must be an address and a port, such as 127.0.0.1:9464",
    })
    .optional()
    .describe(
      "The address and port at which `/metrics` is served for Prometheus, such as `127.0.0.1:9464`; keep it from the internet",
    ),
  PORT: z.coerce.number().int().min(0).max(65535).default(3000).describe("The port to listen on; 0 for any"),
  HOST: z.string().default("127.0.0.1").describe("The address to listen on"),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"])
    .default("info")
    .describe("Minimum log level. On AWS, metrics are counted at every level"),
  LOG_FORMAT: z
    .enum(["json", "pretty"])
    .default("json")
    .describe("The form of the log's lines: JSON, or for people to read"),
});

export type Config = z.infer<typeof schema>;
/** Names of the settings that an App has: where one is given, there is an App to run, and its others are required. */
export const APP_SETTINGS = [
  "APP_ID",
  "PRIVATE_KEY",
  "PRIVATE_KEY_PATH",
  "WEBHOOK_SECRET",
  "GITHUB_CLIENT_ID",
  "GITHUB_CLIENT_SECRET",
] as const;

/**
 * Returns the settings of a server whose App the first page made: those that are given go before those that were stored.
 * So does the file of a key, which holds another one than was stored.
 */
export function besideSetup(stored: Environment, given: Environment): Environment {
  const { PRIVATE_KEY, ...others } = stored;
  return { ...(given.PRIVATE_KEY_PATH ? others : stored), ...given };
}

/** Settings that stand without an App. */
const withoutApp = schema.pick({
  ZEKT_PUBLIC_URL: true,
  ZEKT_SMEE_URL: true,
  ZEKT_DATA_DIR: true,
  GITHUB_API_URL: true,
  GITHUB_WEB_URL: true,
  PORT: true,
  HOST: true,
});

/** Variables that begin like settings and are for the command line or the actions. */
const FOR_OTHERS: ReadonlySet<string> = new Set(["ZEKT_URL", "ZEKT_TOKEN", "ZEKT_API_URL"]);

/**
 * Reads and checks the settings from the environment.
 *
 * @throws ConfigError naming every setting that is missing or wrong, and where to get it
 */
export function readConfig(env: Environment): Config {
  const { config, problems } = checkConfig(env);
  if (config) return config;
  throw configError([...problems, ...unknownSettings(env)]);
}

/** Reads the settings, or returns every problem with them. */
export function checkConfig(env: Environment): { config: Config | null; problems: SettingProblem[] } {
  const given = setIn(env);
  const key = given.PRIVATE_KEY ?? (given.PRIVATE_KEY_PATH ? readKey(given.PRIVATE_KEY_PATH) : undefined);
  const result = schema.safeParse(setIn({ ...given, PRIVATE_KEY: key ?? undefined }), { error: inWords });
  if (result.success) {
    const problems = conflictsOfKeys(result.data);
    return { config: problems.length > 0 ? null : result.data, problems };
  }
  const problems = problemsOf(result.error).filter(
    ({ setting }) => setting !== "PRIVATE_KEY" || key !== null,
  );
  const unreadable = {
    setting: "PRIVATE_KEY_PATH",
    message: `PRIVATE_KEY_PATH names ${env.PRIVATE_KEY_PATH}, which cannot be read.`,
  };
  return { config: null, problems: key === null ? [unreadable, ...problems] : problems };
}

/** Finds variables that begin like a setting and are none, each with the setting that it may be meant for. */
export function unknownSettings(env: Environment): SettingProblem[] {
  const names = Object.keys(schema.shape);
  return Object.keys(env)
    .filter((name) => name.startsWith("ZEKT_") && !names.includes(name) && !FOR_OTHERS.has(name))
    .map((name) => ({ setting: name, message: `there is no such setting.${isItMeant(name, names)}` }));
}

/** Reads and checks those settings that are named; what runs a part of Zekt is given no other. */
export function readPart<K extends keyof Config>(env: Environment, names: readonly K[]): Pick<Config, K> {
  const mask = Object.fromEntries(names.map((name) => [name, true])) as Record<K, true>;
  return parse(schema.pick(mask as never), env) as Pick<Config, K>;
}

/**
 * Reads and checks those settings that stand without an App.
 *
 * @throws ConfigError naming every one that is wrong
 */
export const readSettings = (env: Environment): z.infer<typeof withoutApp> =>
  parse(withoutApp, env, unknownSettings(env));

/** Reads settings. Those that are wrong are named, and then what else is wrong. */
function parse<T>(settings: z.ZodType<T>, env: Environment, others: readonly SettingProblem[] = []): T {
  const result = settings.safeParse(setIn(env), { error: inWords });
  const problems = result.success
    ? conflictsOfKeys(result.data as Partial<Config>)
    : problemsOf(result.error);
  if (result.success && problems.length === 0) return result.data;
  throw configError([...problems, ...others]);
}

const problemsOf = ({ issues }: z.ZodError): SettingProblem[] =>
  issues.map(({ path, message }) => ({ setting: path.join("."), message }));

function configError(problems: readonly SettingProblem[]): ConfigError {
  const lines = problems.map(({ setting, message }) => `  ${setting}: ${message}`);
  return new ConfigError(
    `These settings are missing or wrong:\n${lines.join("\n")}\n.env.example lists them all.`,
  );
}

/** Reads a file with the App's key; null where it cannot be read. */
function readKey(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
