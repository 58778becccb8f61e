import nodePath, { type PlatformPath } from "node:path";
import type { FileProblem } from "../../app/domain/zekt-yml/read-zekt-file.ts";

const escaped = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

const property = (text: string): string => escaped(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/**
 * Returns the workflow command that marks a place of a file on GitHub.
 * https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#setting-an-error-message
 */
export const annotation = (
  file: string,
  { line, column, message }: FileProblem,
  level: "error" | "warning" = "error",
): string =>
  `::${level} file=${property(file)},line=${line},col=${column},title=zekt.yml::${escaped(message)}\n`;

/**
 * Returns a file's name from the workspace, with slashes on Windows too. GitHub's runner passes a relative name on as
 * it is, and GitHub marks no file that it does not know by that name.
 * https://github.com/actions/runner/blob/main/src/Runner.Worker/ActionCommandManager.cs
 */
export const nameInWorkspace = (
  workspace: string,
  file: string,
  paths: Pick<PlatformPath, "relative" | "sep"> = nodePath,
): string => paths.relative(workspace, file).replaceAll(paths.sep, "/");
