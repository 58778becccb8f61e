import type { Caller } from "./auth.ts";
import { GitHubError } from "./errors.ts";
import type { Account } from "./state.ts";
import type { World } from "./world.ts";

/** A demand of an organization on a token, beside its rights. */
export type Guard = "single-sign-on" | "ip-allow-list";

const needsSignOn = (caller: Caller, owner: Account): boolean =>
  caller.kind === "user" && owner.guards.has("single-sign-on") && !caller.token.signedOnTo.has(owner.id);

/**
 * Refuses a token that an organization keeps out, though it has the right. Nobody's address is on an allow list here.
 * Single sign-on asks nothing of strangers, who read what is public.
 * https://docs.github.com/en/rest/authentication/authenticating-to-the-rest-api#personal-access-tokens-and-saml-sso
 * https://docs.github.com/en/enterprise-cloud@latest/organizations/keeping-your-organization-secure/managing-security-settings-for-your-organization/managing-allowed-ip-addresses-for-your-organization
 *
 * @throws GitHubError 403 in GitHub's words
 */
export function checkGuards(world: World, caller: Caller, owner: Account, isStranger = false): void {
  if (caller.kind === "nobody") return;
  if (!isStranger && needsSignOn(caller, owner)) {
    const page = `${world.url}/orgs/${owner.login}/sso?authorization_request=A4PVEUX5QC`;
    throw new GitHubError(
      403,
      "Resource protected by organization SAML enforcement. You must grant your OAuth token access to this organization.",
      { headers: { "x-github-sso": `required; url=${page}` } },
    );
  }
  if (!owner.guards.has("ip-allow-list")) return;
  throw new GitHubError(
    403,
    `Although you appear to have the correct authorization credentials, the \`${owner.login}\` organization has an IP allow list enabled, and your IP address is not permitted to access this resource.`,
  );
}

/** Splits owners off whom a list of a user's leaves out, and returns the header that names them. */
export function leftOut(
  caller: Caller,
  owners: Iterable<Account>,
): { ids: Set<number>; headers: Record<string, string> } {
  const ids = new Set([...owners].filter((owner) => needsSignOn(caller, owner)).map(({ id }) => id));
  const headers =
    ids.size === 0 ? {} : { "x-github-sso": `partial-results; organizations=${[...ids].join(",")}` };
  return { ids, headers: headers as Record<string, string> };
}
