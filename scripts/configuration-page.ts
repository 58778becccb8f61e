import { z } from "zod";
import { zektFileJsonSchema } from "../app/domain/zekt-yml/zekt-file-schema.ts";
import { schema } from "../app/main/config.ts";

/** The parts of JSON Schema that the tables show. */
interface Described {
  description?: string;
  default?: unknown;
  type?: string;
  enum?: readonly unknown[];
  const?: unknown;
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  maxItems?: number;
  properties?: Record<string, Described>;
  required?: readonly string[];
  items?: Described;
  anyOf?: readonly Described[];
}

const code = (value: unknown): string =>
  `\`${typeof value === "string" && value !== "" ? value : JSON.stringify(value)}\``;
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ");
const upper = (text: string): string => `${text[0]?.toUpperCase() ?? ""}${text.slice(1)}`;
const row = (...cells: string[]): string => `| ${cells.map(cell).join(" | ")} |`;

const table = (head: readonly string[], rows: readonly string[]): string =>
  [row(...head), `|${head.map(() => "---").join("|")}|`, ...rows].join("\n");

/** Beyond this a bound only says that numbers of JavaScript have an end. */
const isBound = (value: number | undefined): value is number =>
  value !== undefined && Math.abs(value) < Number.MAX_SAFE_INTEGER;

/** Describes the allowed values in a few words. */
function allowed(field: Described): string {
  if (field.const !== undefined) return code(field.const);
  if (field.enum) return field.enum.map(code).join(", ");
  if (field.anyOf) return [...new Set(field.anyOf.map(allowed))].join(" or ");
  const { type = "", minimum, maximum, maxLength, maxItems, items } = field;
  const bounds = [
    ...(isBound(minimum) ? [`at least ${minimum}`] : []),
    ...(isBound(maximum) ? [`at most ${maximum}`] : []),
    ...(maxLength === undefined ? [] : [`up to ${maxLength} characters`]),
  ];
  const words: Record<string, string> = { string: "text", object: "settings", boolean: "`true`, `false`" };
  const many = isBound(maxItems) ? `list of up to ${maxItems}` : "list";
  const what = type === "array" ? `${many}, each ${allowed(items ?? {})}` : (words[type] ?? type);
  return [what, ...bounds].join(", ");
}

/** Returns, for each required setting, the message shown where it is missing. */
function missing(): Map<string, string> {
  const issues = schema.safeParse({}).error?.issues ?? [];
  return new Map(issues.map(({ path, message }) => [path.join("."), message]));
}

function settingsTable(): string {
  const read = (io: "input" | "output"): Record<string, Described> =>
    (z.toJSONSchema(schema, { io, unrepresentable: "any" }) as Described).properties ?? {};
  // What a transformed value is by default only its output tells.
  const defaults = read("output");
  const required = missing();
  const rows = Object.entries(read("input")).map(([name, field]) => {
    const meaning = required.get(name) ?? field.description;
    if (meaning === undefined) throw new Error(`The setting ${name} does not say what it is: describe it.`);
    const given = defaults[name]?.default;
    const unset = required.has(name) ? "required" : "not set";
    const choice = field.enum ? `: ${allowed(field)}` : "";
    return row(code(name), given === undefined ? unset : code(given), `${upper(meaning)}${choice}.`);
  });
  return table(["variable", "default", "meaning, and where to get it"], rows);
}

/** Every key under a node by its whole name, as people write it. */
function* keysOf(node: Described, prefix = ""): Generator<string> {
  for (const option of node.anyOf ?? []) yield* keysOf(option, prefix);
  if (node.items) yield* keysOf(node.items, `${prefix.slice(0, -1)}[].`);
  for (const [name, field] of Object.entries(node.properties ?? {})) {
    const whole = `${prefix}${name}`;
    // What has a default may be left out, though the schema of what is read has it.
    const needed = field.default === undefined && (node.required ?? []).includes(name);
    const given = field.default === undefined ? "not set" : code(field.default);
    const items = field.items?.description && field.items.type === "string" ? field.items.description : "";
    const meaning = field.description ?? items;
    if (meaning === "") throw new Error(`The key ${whole} of zekt.yml does not say what it is: describe it.`);
    yield row(code(whole), allowed(field), needed ? "required" : given, `${meaning}.`);
    yield* keysOf(field, `${whole}.`);
  }
}

/** docs/configuration.md: every setting and every key of zekt.yml, as the schemas that check them tell it. */
export const configurationPage =
  (): string => `<!-- Written by \`npm run schema\` from the schemas that check the settings and the file. Change those. -->

# Configuration

## Settings of the server

\`npm start\` reads them from the environment, or from a file \`.env\` in its folder: copy \`.env.example\` and fill it in. A variable that is set to nothing counts as not set. Without the App's settings, the first page offers to have GitHub make an App, and keeps what GitHub answers under \`ZEKT_DATA_DIR\`; then nothing below is required. On AWS, secrets are parameters and \`serverless.yml\` sets the rest: see [operations](operations.md#from-nothing-to-the-first-event).

A setting that is missing or wrong ends the start with a list that names each one. [Troubleshooting](troubleshooting.md#the-server-does-not-start) has the remedies.

${settingsTable()}

## Behind a proxy

\`npm start\` sends its own requests through the proxies that \`HTTPS_PROXY\` and \`HTTP_PROXY\` name, but for the hosts of \`NO_PROXY\` and their subdomains; small letters do as well. So do the actions in a runner, and \`zekt\` on Node 24.14 or newer. Signed notification webhooks go directly, as Zekt checks the address that it connects to.

Where a proxy shows certificates of its own, name their authority's file in \`NODE_EXTRA_CA_CERTS\`.

## Settings of the actions

Each action has the input \`zekt-api-url\`, or reads the variable \`ZEKT_API_URL\` where that is left out: set it once for a workflow, by \`env\`, or for many repositories, by a variable of the organization. All other inputs are in the [provider's](provider-guide.md#inputs-and-outputs) and the [consumer's](consumer-guide.md#inputs-and-outputs) guide.

## Keys of \`.github/zekt.yml\`

[\`.github/zekt.yml\`](zekt-yml.md) explains them, with examples. \`[]\` stands for each entry of a list. A key that is not in this table is refused.

${table(["key", "allowed", "default", "meaning"], [...keysOf(zektFileJsonSchema() as Described)])}
`;
