import type { WorkerDeps } from "../../deps.ts";
import { startsWorkflow } from "../../domain/delivery/start.ts";
import { invalidAt } from "../../domain/parse-input.ts";
import type { Repository } from "../../domain/records/repository.ts";
import type { Subscription } from "../../domain/records/subscription.ts";
import { Refusal } from "../../domain/refusal.ts";
import { requireWorkflowDispatch } from "../../github/workflow-dispatch.ts";

/**
 * Checks that a subscription may start runs as it wants to: `workflow_dispatch` needs the workflow's name and
 * a permission that not every installation has granted.
 *
 * @throws Refusal invalid for a choice that contradicts itself; forbidden, with the address where the
 * permission is granted, where the App lacks it
 */
export async function checkStart(
  deps: WorkerDeps,
  repository: Repository,
  wanted: Pick<Subscription, "workflow" | "start" | "ref">,
): Promise<void> {
  if (!startsWorkflow(wanted)) {
    if (wanted.ref == null) return;
    throw invalidAt(
      ["ref"],
      "Only start: workflow_dispatch takes a ref; repository_dispatch always runs the default branch.",
    );
  }
  if (wanted.workflow === null) {
    throw invalidAt(["workflow"], "Name the workflow that workflow_dispatch is to start.");
  }
  try {
    await requireWorkflowDispatch(deps.github, repository);
  } catch (error) {
    if (!(error instanceof Refusal && error.code === "forbidden")) throw error;
    const errors = [{ pointer: "/start", detail: error.message }];
    throw new Refusal("forbidden", error.message, { cause: error, errors });
  }
}
