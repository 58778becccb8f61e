import type { RequestError } from "@octokit/request-error";
import type { Repository } from "../domain/records/repository.ts";
import { Refusal } from "../domain/refusal.ts";
import type { GitHub } from "./client.ts";
import { getInstallation, hasStatus } from "./installations.ts";
import { keptOut } from "./kept-out.ts";
import { refusalOf } from "./outage.ts";

type Refused = Pick<Repository, "fullName" | "installationId">;

/** All that GitHub says in a refusal: its message and the details, which hold the reason. */
function saidIn(error: RequestError): string {
  const data = error.response?.data as
    | { message?: string; errors?: (string | { message?: string })[] }
    | undefined;
  const details = (data?.errors ?? []).map((one) => (typeof one === "string" ? one : (one.message ?? "")));
  return [data?.message ?? error.message, ...details].filter(Boolean).join(": ");
}

/** Where the installation's owner changes it; for a refusal that sends them there. */
async function pageOf(github: GitHub, installationId: string | null): Promise<string> {
  const installation = installationId && (await getInstallation(github, installationId).catch(() => null));
  return installation ? ` at ${installation.htmlUrl}` : " on the installation's page";
}

/** Returns whether GitHub refuses a webhook because the repository has the very same one. */
export const isAlreadyThere = (error: unknown): boolean =>
  hasStatus(error, 422) && /hook already exists/i.test(saidIn(error));

/**
 * Says what it means that GitHub did not do what was asked of a repository's webhooks, for whoever can
 * mend it, as a Refusal. Requests carry the webhook's secret, so their errors go no further than this.
 */
export async function explainHookError(
  github: GitHub,
  error: unknown,
  { fullName, installationId }: Refused,
): Promise<Refusal> {
  if (error instanceof Refusal) return error;
  const known = refusalOf(error) ?? keptOut(error);
  if (known) return known;
  if (!hasStatus(error, 403, 404, 422)) {
    return new Refusal("unavailable", "GitHub did not answer as it should; try again in a minute.");
  }
  const said = saidIn(error);
  if (/cannot have more than \d+ hooks/i.test(said)) {
    return new Refusal(
      "conflict",
      `${fullName} has 20 webhooks for workflow runs already, as many as GitHub allows; remove one under Settings → Webhooks.`,
    );
  }
  if (/suspended/i.test(said)) {
    return new Refusal(
      "forbidden",
      `The App's installation is suspended; its owner can lift that${await pageOf(github, installationId)}.`,
    );
  }
  if (/not accessible by integration|permissions requested are not granted/i.test(said)) {
    return new Refusal(
      "forbidden",
      `The App lacks the "Webhooks" permission (read and write) on ${fullName}; its owner can accept it${await pageOf(github, installationId)}.`,
    );
  }
  if (error.status === 404 || /not accessible to the parent installation/i.test(said)) {
    return new Refusal(
      "forbidden",
      `The App does not reach ${fullName} any more; its owner can add it${await pageOf(github, installationId)}.`,
    );
  }
  return new Refusal("conflict", `GitHub refused the webhook in ${fullName}: ${said}`);
}
