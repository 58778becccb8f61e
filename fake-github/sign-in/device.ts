import { randomBytes } from "node:crypto";
import type { Hono } from "hono";
import { html } from "hono/html";
import type { Env, GitHubParts } from "../context.ts";
import { formAnswer, formOf } from "./form.ts";
import { newSecret } from "./secrets.ts";

const LIFE = 900_000;
const INTERVAL_SECONDS = 5;

/** https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app#using-the-device-flow-to-generate-a-user-access-token */
export function deviceRoutes(app: Hono<Env>, { world, grants }: GitHubParts): void {
  app.post("/login/device/code", async (context) => {
    const { client_id } = await formOf(context);
    const through = [...world.apps.values()].find(({ clientId }) => clientId === client_id);
    if (!through) return context.json({ error: "Not Found" }, 404);
    if (!through.deviceFlow) {
      return formAnswer(context, {
        error: "device_flow_disabled",
        error_description: "Device Flow must be explicitly enabled for this App",
      });
    }
    const deviceCode = newSecret();
    const half = () => randomBytes(2).toString("hex").toUpperCase();
    const userCode = `${half()}-${half()}`;
    grants.devices.set(deviceCode, {
      appId: through.id,
      userCode,
      userId: null,
      denied: false,
      interval: INTERVAL_SECONDS,
      polledAt: 0,
      expiresAt: world.clock.now() + LIFE,
    });
    return formAnswer(context, {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${world.url}/login/device`,
      expires_in: String(LIFE / 1000 - 1),
      interval: String(INTERVAL_SECONDS),
    });
  });
  app.get("/login/device", (context) =>
    context.html(
      html`<h1>Device activation</h1><form method="post"><label>Code <input name="user_code" autofocus /></label><label>Login <input name="login" value="${grants.defaultUser ?? ""}" /></label><button>Authorize</button></form>`,
    ),
  );
  app.post("/login/device", async (context) => {
    const { user_code, login } = await formOf(context);
    const grant = grants.device(user_code ?? "");
    const user = world.account(login ?? grants.defaultUser ?? "");
    if (!grant || grant.expiresAt <= world.clock.now() || user?.type !== "User") {
      return context.html(html`<p>The code or the login is not known.</p>`, 422);
    }
    grant.userId = user.id;
    return context.html(html`<p>Congratulations, you're all set! Your device is now connected.</p>`);
  });
}
