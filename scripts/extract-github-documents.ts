import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";

new Command("node scripts/run.mjs scripts/extract-github-documents.ts")
  .description(
    "Renews what test/fake-github/github-documents.json holds of the documents that GitHub publishes about its API and its webhooks.",
  )
  .parse();

/** The packages with GitHub's documents. The first has 385 MB, of which the tests read a thousandth. */
const OPENAPI = "@octokit/openapi@23.0.2";
const EXAMPLES = "@octokit/webhooks-examples@7.6.1";

/** Routes whose answers the fake GitHub is compared with. */
const ROUTES = [
  "/repos/{owner}/{repo}",
  "/repos/{owner}/{repo}/hooks",
  "/repos/{owner}/{repo}/hooks/{hook_id}/deliveries",
  "/repos/{owner}/{repo}/actions/runs",
  "/repos/{owner}/{repo}/actions/workflows",
  "/installation/repositories",
];

/** Events whose webhooks the fake GitHub is compared with. */
const EVENTS = ["workflow_run", "repository", "ping", "installation", "installation_repositories"];

interface OpenApi {
  paths: Record<
    string,
    { get: { responses: Record<string, { content: Record<string, { schema: unknown }> }> } }
  >;
}

/** Returns a file of a package as the registry has it, without installing the package. */
function fileOf(spec: string, path: string): unknown {
  const folder = mkdtempSync(join(tmpdir(), "zekt-extract-"));
  const run = (command: string, ...args: string[]): string => {
    const options = { cwd: folder, encoding: "utf8", maxBuffer: 512 * 1024 * 1024 } as const;
    const { status, stdout, stderr } = spawnSync(command, args, options);
    if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed: ${stderr}`);
    return stdout;
  };
  try {
    const archive = run("npm", "pack", "--silent", spec).trim();
    return JSON.parse(run("tar", "-xzOf", archive, `package/${path}`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Leaves out of a schema the words and examples, against which nothing is checked. */
function bare(schema: unknown, isMap = false): unknown {
  if (Array.isArray(schema)) return schema.map((one) => bare(one));
  if (typeof schema !== "object" || schema === null) return schema;
  const words = ["description", "example", "examples", "title"];
  const parts = Object.entries(schema).filter(([name]) => isMap || !words.includes(name));
  return Object.fromEntries(parts.map(([name, one]) => [name, bare(one, !isMap && name === "properties")]));
}

const { paths } = fileOf(OPENAPI, "generated/api.github.com.deref.json") as OpenApi;
const examples = fileOf(EXAMPLES, "api.github.com/index.json") as { name: string; examples: unknown }[];
/** Writes an object with one line an entry, so that a renewal shows what it changes. */
const lines = (parts: object): string =>
  `{\n${Object.entries(parts)
    .map(([name, part]) => `    ${JSON.stringify(name)}: ${JSON.stringify(part)}`)
    .join(",\n")}\n  }`;

const answers = Object.fromEntries(
  ROUTES.map((route) => [
    route,
    bare(paths[route]?.get.responses["200"]?.content["application/json"]?.schema),
  ]),
);
const webhooks = Object.fromEntries(
  EVENTS.map((event) => [event, examples.find(({ name }) => name === event)?.examples]),
);
const parts = {
  comment: JSON.stringify("Written by scripts/extract-github-documents.ts from the packages named here."),
  sources: JSON.stringify({ answers: OPENAPI, webhooks: EXAMPLES }),
  answers: lines(answers),
  webhooks: lines(webhooks),
};
const body = Object.entries(parts).map(([name, part]) => `  "${name}": ${part}`);
const file = fileURLToPath(new URL("../test/fake-github/github-documents.json", import.meta.url));
writeFileSync(file, `{\n${body.join(",\n")}\n}\n`);
process.stdout.write(`${file} is renewed.\n`);
