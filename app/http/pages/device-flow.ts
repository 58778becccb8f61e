import type { ApiDeps } from "../../deps.ts";
import type { Api } from "../kit/env.ts";

/**
 * Serves `/api/device-flow`, which says how a command line signs a user in: the App's client id, and GitHub's
 * addresses. None of it is a secret.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app#using-the-device-flow-to-generate-a-user-access-token
 */
export function deviceFlowRoute(api: Api, deps: ApiDeps): void {
  api.get("/api/device-flow", (context) => {
    context.header("cache-control", "public, max-age=300");
    return context.json(deps.signIn.deviceFlow);
  });
}
