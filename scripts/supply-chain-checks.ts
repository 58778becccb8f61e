import { parse } from "yaml";
import { shippedOf } from "./shipped.ts";

/** Licences that what ships may have: each lets it be used, changed and passed on with its notice. */
const ALLOWED = new Set([
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "CC0-1.0",
  "ISC",
  "MIT",
  "Python-2.0",
  "Unlicense",
  "W3C",
]);

/** Returns whether a licence, as an SPDX expression, is allowed, or leaves only allowed licences to comply with. */
export const mayShip = (license = ""): boolean =>
  license
    .replaceAll(/[()]/g, "")
    .split(" AND ")
    .every((all) => all.split(" OR ").some((one) => ALLOWED.has(one)));

interface LockedPackage {
  version?: string;
  resolved?: string;
  integrity?: string;
  license?: string;
  dev?: boolean;
  link?: boolean;
  inBundle?: boolean;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}
export interface Lock {
  packages: Record<string, LockedPackage>;
}
interface Manifest {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
}

const nameOf = (path: string): string => path.split("node_modules/").at(-1) ?? path;

/** Packages that ship under a licence that was not agreed to. */
export function unlicensed(lock: Lock): string[] {
  const shipped = shippedOf(lock);
  return Object.entries(lock.packages)
    .filter(([path, { license }]) => shipped.has(path) && !mayShip(license))
    .map(
      ([path, { version, license }]) =>
        `${nameOf(path)} ${version} is under ${license ?? "no licence that it names"}.`,
    );
}

/**
 * Returns packages that the lock file does not pin by their content, or takes from elsewhere than a registry. It
 * names no addresses, so that any mirror has to serve the same content.
 */
export const unlocked = ({ packages }: Lock): string[] =>
  Object.entries(packages)
    .filter(([path, { link, inBundle }]) => path !== "" && !link && !inBundle)
    .filter(([, { integrity, resolved }]) => !integrity?.startsWith("sha512-") || resolved !== undefined)
    .map(([path]) => `${nameOf(path)} is not pinned by its content, or is taken from an address of its own.`);

/** Dependencies that are asked for by a range. */
export const unpinned = ({ dependencies, optionalDependencies, devDependencies }: Manifest): string[] =>
  Object.entries({ ...dependencies, ...optionalDependencies, ...devDependencies })
    .filter(([, version]) => !/^(?:npm:[\w@/-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name} is asked for as ${version}, not by one version.`);

type Permissions = Record<string, string> | string;
interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Workflow {
  permissions?: Permissions;
  jobs?: Record<string, { permissions?: Permissions; steps?: Step[] }>;
}

/**
 * Returns the rights and risks that a workflow of this repository does not need. These are actions by a movable tag,
 * rights beyond reading, packages' code where something can be written, and credentials where nothing is pushed.
 */
export function loose(file: string, text: string): string[] {
  const workflow = parse(text) as Workflow;
  const jobs = Object.entries(workflow.jobs ?? {});
  const uses = jobs.flatMap(([, { steps = [] }]) => steps.flatMap((step) => step.uses ?? []));
  return [
    ...uses
      .filter((action) => !action.startsWith("./") && !/@[0-9a-f]{40}$/.test(action))
      .map((action) => `${file} uses ${action}, not by its commit.`),
    ...(JSON.stringify(workflow.permissions) === '{"contents":"read"}'
      ? []
      : [`${file} has to begin with permissions: { contents: read }, and give single jobs more.`]),
    ...jobs.flatMap(([name, job]) => looseJob(`${file}, job ${name},`, job.permissions, job.steps)),
  ];
}

/** The first major version of each action that runs on Node 24: runners have Node 20 no more. */
const FIRST_ON_NODE_24: Readonly<Record<string, number>> = {
  "actions/checkout": 5,
  "actions/download-artifact": 7,
  "actions/setup-node": 5,
  "actions/upload-artifact": 6,
  "github/codeql-action": 4,
};

/** Returns actions of a workflow whose version, as the comment behind the commit names it, no runner supports any more. */
export const outdated = (file: string, text: string): string[] =>
  [...text.matchAll(/uses: *([\w.-]+\/[\w.-]+)\S*@\S+(?: # v(\d+))?/g)]
    .filter(([, action = "", major = "0"]) => !(Number(major) >= (FIRST_ON_NODE_24[action] ?? Infinity)))
    .map(([, action = ""]) => {
      const first = FIRST_ON_NODE_24[action];
      return first === undefined
        ? `${file} uses ${action}, of which scripts/supply-chain-checks.ts knows no version that runs on Node 24.`
        : `${file} uses ${action} before v${first}, which does not run on Node 24.`;
    });

function looseJob(job: string, permissions: Permissions = {}, steps: readonly Step[] = []): string[] {
  const runs = steps.map(({ run = "" }) => run).join("\n");
  const canWrite =
    typeof permissions === "string" ? permissions !== "read-all" : permissions.contents === "write";
  const keeps = steps.some(
    (step) => step.uses?.startsWith("actions/checkout@") && step.with?.["persist-credentials"] !== false,
  );
  return [
    ...(canWrite && /\bnpm\b|\bnpx\b|\.ci\/run/.test(runs)
      ? [`${job} may write, and runs code of packages.`]
      : []),
    ...(keeps && !/\bgit push\b/.test(runs)
      ? [`${job} keeps credentials and pushes nothing: persist-credentials: false.`]
      : []),
  ];
}
