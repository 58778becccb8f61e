import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import type { FunctionName } from "../../deploy/access.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FUNCTIONS: readonly FunctionName[] = ["webhooks", "api", "worker", "schedule"];
const TEMPLATE = "cloudformation-template-update-stack.json";

/** The part of a CloudFormation template that the tests read. */
export interface Template {
  Resources: Record<
    string,
    {
      Type: string;
      Properties: Record<string, unknown>;
      DeletionPolicy?: string;
      UpdateReplacePolicy?: string;
    }
  >;
}

/** The artefacts that would be uploaded. */
export interface Packaged {
  /** The folder of a function's unpacked artefact. */
  folderOf(name: FunctionName): string;
  template: Template;
}

/** Packages as `npm run deploy` does, and unpacks each artefact where its function would find it. */
export function packageLambdas(): Packaged & { remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "zekt-lambda-"));
  packageInto(folder);
  return { ...packagedIn(folder), remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Returns what was packaged into a folder. */
export const packagedIn = (folder: string): Packaged => ({
  folderOf: (name) => join(folder, name),
  template: JSON.parse(readFileSync(join(folder, TEMPLATE), "utf8")) as Template,
});

/**
 * Packages into a folder, and unpacks each artefact there.
 *
 * @throws Error with what osls printed
 */
export function packageInto(folder: string): void {
  const serverless = join(ROOT, "node_modules/osls/bin/serverless.js");
  const args = [serverless, "package", "--stage", "test", "--package", folder];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: ROOT,
    encoding: "utf8",
    // Nothing of it asks AWS, nor for any news.
    env: { ...process.env, SLS_NOTIFICATIONS_MODE: "off", SLS_TELEMETRY_DISABLED: "1" },
  });
  if (status !== 0) throw new Error(`osls package failed:\n${stderr}`);
  for (const name of FUNCTIONS) {
    const files = unzipSync(readFileSync(join(folder, `${name}.zip`)));
    for (const [path, bytes] of Object.entries(files)) {
      if (path.endsWith("/")) continue;
      const target = join(folder, name, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, bytes);
    }
  }
}
