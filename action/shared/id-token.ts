import { getIDToken } from "@actions/core";
import { context } from "@actions/github";
import { StepError } from "./step-error.ts";

/**
 * Asks GitHub for a fresh OIDC token; the toolkit masks it in the log.
 * https://docs.github.com/en/actions/reference/security/oidc
 *
 * @throws StepError where the job may not ask for one
 */
export async function idToken(audience: string): Promise<string> {
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL || !process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
    throw new StepError(
      isForkPullRequest()
        ? "GitHub gives no ID token to the pull request of a fork, so this step cannot prove which run it is: run it on another event, such as push."
        : "This job may not ask for an ID token: add `permissions: { id-token: write, contents: read }` to it, with whatever else it needs, and to the job that calls it where its workflow is a reusable one.",
    );
  }
  try {
    return await getIDToken(audience);
  } catch (error) {
    // The toolkit wraps what went wrong into several lines, of which the last is the reason.
    const reason = (error as Error).message.split("Error Message:").at(-1)?.trim();
    throw new StepError(`GitHub gave no ID token: ${reason}`, { cause: error });
  }
}

/** Events of pull requests whose runs have no more than a fork's rights; `pull_request_target` is none of them. */
const BY_FORKS = ["pull_request", "pull_request_review", "pull_request_review_comment"];

/** Returns whether the run belongs to a pull request from another repository, or from one that was deleted. */
function isForkPullRequest(): boolean {
  const { pull_request: pull } = context.payload;
  return BY_FORKS.includes(context.eventName) && !!pull && pull.head?.repo?.id !== pull.base?.repo?.id;
}
