import { Command } from "commander";
import { baseOf, urlOf } from "../api/client.ts";
import { failsJustNow, parseJson, request } from "../api/http.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { askForToken, type DeviceFlow } from "../login/device-flow.ts";
import { readLogins, removeLogins, storeLogin, writeLogins } from "../login/login-file.ts";
import { keyOf, tokenFields } from "../login/stored-token.ts";
import { json } from "../output/json.ts";
import { visible } from "../output/visible.ts";

const EXAMPLES = `
It stores the token in zekt/logins.json below your config folder, for you
alone. ZEKT_TOKEN and --token come before it.

Examples:
  zekt login --url https://zekt.example.com
  zekt login --json
`;

/** Logs a user in by GitHub's device flow. */
export const loginCommand = (io: Io): Command =>
  new Command("login")
    .summary("log in by GitHub")
    .description("Logs in by GitHub: it shows a code, which you enter on GitHub's page in any browser.")
    .option("--url <url>", "the address of your Zekt (default: ZEKT_URL, or that of the last login)")
    .option("--json", "print JSON: url, login, userId")
    .addHelpText("after", EXAMPLES)
    .action(async (options: { url?: string; json?: true }) => {
      const base = baseOf(urlOf(io, options));
      // A file that cannot be read is told of before the user goes to GitHub.
      readLogins(io);
      const flow = await deviceFlowOf(base);
      const fields = tokenFields(io, await askForToken(io, flow));
      const { userId, login } = await userOf(base, fields.token);
      const { clientId, tokenUrl } = flow;
      const stored = { login, userId, ...fields, clientId, tokenUrl };
      storeLogin(io, keyOf(base), stored, { current: base.href });
      if (options.json) io.out(json({ url: base.href, login, userId }));
      else io.out(`Logged in to ${base.href} as ${visible(login)}, whose user id is ${visible(userId)}.\n`);
      if (io.env.ZEKT_TOKEN) io.err("ZEKT_TOKEN is set, and comes before this login.\n");
    });

async function deviceFlowOf(base: URL): Promise<DeviceFlow> {
  const { status, text } = await request(new URL("api/device-flow", base));
  const flow = parseJson(text) as Partial<DeviceFlow> | null;
  if (status === 200 && flow?.clientId && flow.codeUrl && flow.tokenUrl) return flow as DeviceFlow;
  throw new CommandError(
    EXIT.unreachable,
    `${base.origin} answered ${status}, and not as Zekt does. Check the address.`,
  );
}

async function userOf(base: URL, token: string): Promise<{ userId: string; login: string }> {
  const headers = { authorization: `Bearer ${token}` };
  const { status, text } = await request(new URL("api/user", base), { headers });
  const user = parseJson(text) as { userId?: string; login?: string } | null;
  if (status === 200 && user?.userId && user.login) return { userId: user.userId, login: user.login };
  if (failsJustNow(status))
    throw new CommandError(EXIT.unreachable, `${base.origin} answered ${status}. Run zekt login again.`);
  throw new CommandError(
    EXIT.refused,
    `GitHub gave a token that ${base.origin} does not accept (${status}).`,
  );
}

/** Forgets a login. */
export const logoutCommand = (io: Io): Command =>
  new Command("logout")
    .summary("forget a login")
    .description("Removes the stored token of a login from this machine.")
    .option("--url <url>", "the address of your Zekt (default: ZEKT_URL, or that of the last login)")
    .option("--all", "remove every login")
    .addHelpText(
      "after",
      `
The token itself ends by itself. To end it at once, revoke the App under
Settings > Applications on GitHub.

Examples:
  zekt logout
  zekt logout --all
`,
    )
    .action((options: { url?: string; all?: true }) => {
      if (options.all) {
        removeLogins(io);
        io.out("Removed every login.\n");
        return;
      }
      const given = urlOf(io, options);
      if (!given) throw new CommandError(EXIT.refused, "There is no login to remove.");
      const key = keyOf(baseOf(given));
      const { current, logins } = readLogins(io);
      if (!(key in logins)) throw new CommandError(EXIT.refused, `There is no login at ${key} to remove.`);
      delete logins[key];
      writeLogins(io, { current: current === key ? (Object.keys(logins)[0] ?? null) : current, logins });
      io.out(`Logged out of ${key}.\n`);
    });
