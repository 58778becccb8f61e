import { field } from "./parser.ts";
import { jobToken, type WorkflowFile, WorkflowSyntaxError } from "./workflow-file.ts";

const JOB_KEYS: Record<string, string> = {
  container: "has a container",
  services: "has services",
  uses: "is a reusable workflow",
};

/**
 * Refuses, before anything has run, what this machine cannot do as GitHub would.
 *
 * @throws WorkflowSyntaxError naming each job and what of it does not run here
 */
export function refuseUnsupported(file: WorkflowFile): void {
  const reasons = file.jobs.flatMap(({ id: { value: id } }) => {
    const token = jobToken(file, id);
    return Object.entries(JOB_KEYS)
      .filter(([key]) => field(token, key))
      .map(([, what]) => `the job ${id} ${what}, which does not run here`);
  });
  if (reasons.length > 0) throw new WorkflowSyntaxError(file.path, reasons);
}
