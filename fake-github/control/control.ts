import type { GitHubParts } from "../context.ts";
import { accountControl } from "./accounts.ts";
import { installationControl } from "./installations.ts";
import { observationControl } from "./observation.ts";
import { repositoryControl } from "./repositories.ts";
import { runControl } from "./runs.ts";

/** Creates the functions that change this GitHub from outside; the control API calls the same ones. */
export function createControl(parts: GitHubParts) {
  const makers = { ...accountControl(parts), ...repositoryControl(parts) };
  return {
    parts,
    ...makers,
    ...installationControl(parts),
    ...runControl(parts, makers),
    ...observationControl(parts),
  };
}

export type Control = ReturnType<typeof createControl>;
