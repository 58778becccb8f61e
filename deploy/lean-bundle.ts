import { readFileSync } from "node:fs";
import type { OnResolveResult, Plugin, PluginBuild } from "esbuild";

/** Marks what is only taken along: packages that do nothing when loaded, but do not say so. */
const SILENT =
  /^(@octokit\/|@probot\/|octokit-auth-probot|probot$|pino-|toad-cache|deepmerge|bottleneck|yaml)/;

/**
 * The replacements for modules that Probot loads and Zekt's functions never use. No handler calls GitHub: that is
 * work for the queue. So the client that Probot gives each handler need not throttle, retry and know every route by
 * name. A plain one, authenticated the same way, suffices. A log is always given, so none is made, with its printing
 * for terminals.
 */
const STAND_INS: readonly { file: RegExp; contents: string }[] = [
  {
    file: /probot\/lib\/octokit\/probot-octokit\.js$/,
    contents: `import { Octokit } from "@octokit/core";
import { createProbotAuth } from "octokit-auth-probot";
export const ProbotOctokit = Octokit.defaults({ authStrategy: createProbotAuth });`,
  },
  {
    file: /probot\/lib\/helpers\/get-log\.js$/,
    contents: `export const getLog = () => { throw new Error("Probot is to be given a log."); };`,
  },
  {
    file: /probot\/lib\/octokit\/get-octokit-throttle-options\.js$/,
    contents: "export const getOctokitThrottleOptions = async () => undefined;",
  },
  {
    // Lambda gives a function its role's keys in variables; the other ways to come by keys are for other places.
    // https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
    file: /@aws-sdk\/credential-provider-node\/dist-es\/index\.js$/,
    contents: `import { fromEnv } from "@aws-sdk/credential-provider-env";
export const defaultProvider = () => fromEnv();`,
  },
  {
    // A function has no home with files of AWS's settings; they are looked for all the same, at each start.
    file: /shared-ini-file-loader\/loadSharedConfigFiles\.js$/,
    contents: `export const CONFIG_PREFIX_SEPARATOR = ".";
export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });`,
  },
  {
    // It asks for `navigator`, which Node then makes, for a name that is known.
    file: /universal-user-agent\/index\.js$/,
    contents: `export const getUserAgent = () => "Node.js/" + process.versions.node;`,
  },
  {
    // Logs go to the function's own output, in its own thread.
    file: /thread-stream\/index\.js$/,
    contents: "module.exports = class {};",
  },
  {
    // The rules for credentials would print what they do to a terminal, in colours.
    file: /node_modules\/debug\/src\/index\.js$/,
    contents: "module.exports = () => Object.assign(() => {}, { enabled: false });",
  },
  {
    // Schemas are written by hand, and read as they stand.
    file: /zod\/v4\/classic\/from-json-schema\.js$/,
    contents: "export const fromJSONSchema = undefined;",
  },
  {
    file: /zod\/v4\/core\/compile\.js$/,
    contents: `export const INVALID = undefined, compile = undefined, withParser = undefined;
export const ZodCompileAsyncError = undefined, ZodCompileUnsupportedError = undefined;`,
  },
  {
    file: /zod\/v4\/locales\/index\.js$/,
    contents: `export { default as en } from "./en.js";`,
  },
];

/**
 * A client of the AWS SDK describes all of its service's shapes. Those that nobody asks for are left out,
 * if it is plain that describing one does nothing else: a computed key hides that.
 */
const SCHEMAS = /@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_0\.js$/;

function withoutComputedKeys(source: string): string {
  const values = new Map(
    [...source.matchAll(/^const (\w+) = ("[^"\\]*");$/gm)].map(([, name = "", value]) => [name, value]),
  );
  return source.replaceAll(/\[(\w+)\]:/g, (key, name: string) =>
    values.has(name) ? `${values.get(name)}:` : key,
  );
}

/** Leaves out of a bundle what no function uses: of Probot, and of zod's forty languages all but English. */
export const leanBundle: Plugin = {
  name: "lean-bundle",
  setup(build) {
    for (const { file, contents } of STAND_INS) {
      build.onLoad({ filter: file }, ({ path }) => ({
        contents,
        resolveDir: path.replace(/[\\/][^\\/]*$/, ""),
        loader: "js",
      }));
    }
    build.onLoad({ filter: SCHEMAS }, ({ path }) => ({
      contents: withoutComputedKeys(readFileSync(path, "utf8")),
    }));
    build.onResolve({ filter: SILENT }, (args) => silent(build, args));
    build.onResolve({ filter: /^\./ }, (args) =>
      /node_modules\/probot\/|\/app\/(?!.*node_modules)/.test(args.importer)
        ? silent(build, args)
        : undefined,
    );
  },
};

async function silent(
  build: PluginBuild,
  { path, importer, resolveDir, kind, pluginData }: Parameters<Parameters<PluginBuild["onResolve"]>[1]>[0],
): Promise<OnResolveResult | undefined> {
  if (pluginData === "seen") return undefined;
  const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: "seen" });
  return { ...found, sideEffects: false };
}
