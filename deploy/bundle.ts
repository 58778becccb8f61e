import { leanBundle } from "./lean-bundle.ts";
import { splitBundle } from "./split-bundle.ts";

/**
 * Bundles each function, the AWS SDK included. It reads the packages' ES modules, so that unused code is left
 * out, and writes CommonJS, which starts faster.
 */
export const bundle = {
  bundle: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  outputFileExtension: ".cjs",
  minify: true,
  keepNames: false,
  sourcemap: false,
  legalComments: "none",
  // An `import()` of one of Node's modules asks for all that it exports, and so for Node's WebSocket and fetch,
  // which takes a fifth of a start; `require` does not.
  supported: { "dynamic-import": false },
  mainFields: ["module", "main"],
  exclude: [],
  define: { "import.meta.url": "__moduleUrl" },
  banner: { js: 'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
  plugins: [leanBundle, splitBundle],
} as const;
