import { evaluate } from "./expressions.ts";
import { field } from "./parser.ts";
import { jobToken, type WorkflowFile } from "./workflow-file.ts";

/**
 * Returns whether a job may request ID tokens. A job's own `permissions` replace the workflow's as a whole.
 * Without either, no job may: the workflow has to grant `id-token: write`.
 * https://docs.github.com/en/actions/reference/security/oidc#workflow-permissions-for-the-requesting-the-oidc-token
 */
export function mayAskIdToken(file: WorkflowFile, id: string): boolean {
  const token = field(jobToken(file, id), "permissions") ?? field(file.root, "permissions");
  const permissions = evaluate(token, {}) as string | Record<string, string> | undefined;
  return permissions === "write-all" || Object(permissions)["id-token"] === "write";
}
