import { getIDToken } from "@actions/core";
import { context } from "@actions/github";
import { StepError } from "./step-error.ts";

/**
 * Asks GitHub for a fresh OIDC token; the toolkit masks it in the log.
 * https://docs.github.com/en/actions/concepts/security/openid-connect
 *
 * @throws StepError where the job may not ask for one
 */
export async function idToken(audience: string): Promise<string> {
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL || !process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
    const fork = context.payload.pull_request?.head?.repo?.fork === true;
    throw new StepError(
      fork
        ? "GitHub gives runs of a fork's pull request no ID token, so this step cannot prove which run it is."
        : "The job may not ask for an ID token: give it `permissions: id-token: write`.",
    );
  }
  try {
    return await getIDToken(audience);
  } catch (error) {
    const message = (error as Error).message.replace(/\s+/g, " ").trim();
    throw new StepError(`GitHub gave no ID token: ${message}`, { cause: error });
  }
}
