import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { auditOf, judge } from "./known-vulnerabilities.ts";
import { judgeNode } from "./node-security.ts";
import { shippedOf } from "./shipped.ts";
import { type Lock, loose, outdated, unlicensed, unlocked, unpinned } from "./supply-chain-checks.ts";

const program = new Command("npm run supply-chain --")
  .description(
    "Checks what is used and shipped: versions, lock file, licences, this repository's workflows, known vulnerabilities.",
  )
  .option("--sbom <file>", "also writes what ships as a CycloneDX SBOM")
  .option(
    "--require-audit",
    "fails where the registry does not list known vulnerabilities, or offers a safer Node",
  )
  .parse();
const { sbom, requireAudit = false } = program.opts<{ sbom?: string; requireAudit?: boolean }>();

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");
const npm = (...args: string[]) =>
  spawnSync("npm", args, {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    shell: process.platform === "win32",
  });

const lock = JSON.parse(read("package-lock.json")) as Lock;
const audit = judge(await auditOf(root), { isRequired: requireAudit, isCi: Boolean(process.env.CI) });
const manifest = JSON.parse(read("package.json")) as { optionalDependencies: Record<string, string> };
const offeredOf = (name: string): string[] | null => {
  const { status, stdout } = npm("view", name, "versions", "--json");
  return status === 0 ? (JSON.parse(stdout) as string[]) : null;
};
const runtime = judgeNode(manifest.optionalDependencies, offeredOf, { isRequired: requireAudit });
const wrong = [
  ...unpinned(manifest),
  ...unlocked(lock),
  ...unlicensed(lock),
  ...readdirSync(`${root}/.github/workflows`).flatMap((file) => {
    const text = read(`.github/workflows/${file}`);
    return [...loose(file, text), ...outdated(file, text)];
  }),
  ...audit.wrong,
  ...runtime.wrong,
];
for (const line of [...audit.told, ...runtime.told]) process.stdout.write(`${line}\n`);
for (const line of wrong) process.stderr.write(`${line}\n`);
if (sbom) writeSbom(sbom);
process.stdout.write(
  `${Object.keys(lock.packages).length - 1} packages checked, ${wrong.length} things wrong.\n`,
);
process.exitCode = wrong.length > 0 ? 1 : 0;

interface Component {
  "bom-ref": string;
  scope?: string;
  properties?: { name: string; value: string }[];
}
interface Sbom {
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

/** Describes a component as one that ships: npm calls optional whatever only a devDependency asks for. */
function asShipped({ scope: _, properties = [], ...component }: Component): Component {
  const left = properties.filter(({ name }) => name !== "cdx:npm:package:development");
  return { ...component, properties: left };
}

/** Writes what ships as npm describes it: all of the lock file, without what nothing that ships is made of. */
function writeSbom(file: string): void {
  const { status, stdout, stderr } = npm(
    "sbom",
    "--package-lock-only",
    "--sbom-format=cyclonedx",
    "--sbom-type=application",
  );
  if (status !== 0) throw new Error(`npm sbom failed: ${stderr}`);
  const document = JSON.parse(stdout) as Sbom;
  const refs = new Set(
    [...shippedOf(lock)].map(
      (path) => `${path.split("node_modules/").at(-1)}@${lock.packages[path]?.version}`,
    ),
  );
  const components = document.components.filter((one) => refs.has(one["bom-ref"])).map(asShipped);
  const left = new Set(document.components.map((one) => one["bom-ref"]).filter((ref) => !refs.has(ref)));
  const dependencies = document.dependencies
    .filter(({ ref }) => !left.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn?.filter((ref) => !left.has(ref)) }));
  writeFileSync(file, `${JSON.stringify({ ...document, components, dependencies }, null, 2)}\n`);
}
