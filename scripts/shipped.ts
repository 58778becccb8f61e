import type { Lock } from "./supply-chain-checks.ts";

/**
 * Packages whose code ships inside what is built: the actions, the console and the functions. `npm start` needs none
 * of them, so they are devDependencies. The checks of what ships count them nevertheless.
 */
export const BUNDLED: readonly string[] = [
  "@actions/core",
  "@actions/github",
  "@primer/octicons-react",
  "@primer/primitives",
  "@primer/react",
  "@probot/adapter-aws-lambda-serverless",
  "@smithy/core",
  "@smithy/node-http-handler",
  "@smithy/signature-v4",
  "@tanstack/react-query",
  "@tanstack/react-virtual",
  "@xyflow/react",
  "react",
  "react-dom",
  "react-router",
  "recharts",
];

/** Returns the place in the lock file of what a package gets when it imports another, as Node resolves it. */
function resolve({ packages }: Lock, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === "") return null;
  }
}

/** Returns the places in the lock file of all that ships: what production installs, and what is bundled. */
export function shippedOf(lock: Lock): Set<string> {
  const installed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && !dev);
  const shipped = new Set(installed.map(([path]) => path));
  const visit = (path: string | null): void => {
    if (path === null || shipped.has(path)) return;
    shipped.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = lock.packages[path] ?? {};
    const names = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    for (const name of names) visit(resolve(lock, path, name));
  };
  for (const name of BUNDLED) visit(resolve(lock, "", name));
  return shipped;
}
