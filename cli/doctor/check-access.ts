import { baseOf, clientOf, type ServerOptions, urlOf } from "../api/client.ts";
import { parseJson, request } from "../api/http.ts";
import { CommandError, EXIT } from "../exit.ts";
import type { Io } from "../io.ts";
import { checkClock } from "./check-clock.ts";
import { type Finding, fault, ok, warning } from "./finding.ts";

/** Checks the way from a user to their Zekt: its address, whether it is ready, and the token. */
export async function checkAccess(io: Io, options: ServerOptions): Promise<Finding[]> {
  try {
    const base = baseOf(urlOf(io, options));
    const { findings, date } = await checkReady("API", new URL("readyz", base));
    if (date === undefined) return findings;
    const clock = checkClock(date, io.now(), base.host);
    return [...findings, ...(clock ? [clock] : []), await checkToken(io, options)];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [fault("API", error.message, "Give the address of your Zekt by --url or ZEKT_URL.")];
  }
}

/** Asks a server whether it is ready; `date` is its answer's, and left out where there was no answer. */
export async function checkReady(
  check: string,
  url: URL,
): Promise<{ findings: Finding[]; date?: string | null }> {
  try {
    const { status, headers, text } = await request(url);
    const date = headers.get("date");
    const answer = parseJson(text) as { status?: string; reasons?: string[] } | null;
    if (status === 200 && answer?.status === "ready")
      return { findings: [ok(check, `${url.origin} is ready`)], date };
    if (answer?.reasons)
      return {
        findings: answer.reasons.map((reason) =>
          fault(check, reason, "docs/troubleshooting.md explains it."),
        ),
        date,
      };
    return {
      findings: [
        fault(
          check,
          `${url.origin} answered ${status}, and not as Zekt does`,
          "Check the address, and the proxy before it.",
        ),
      ],
    };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return {
      findings: [
        fault(check, error.message, "Start Zekt, or check the address, the proxy and the firewall."),
      ],
    };
  }
}

async function checkToken(io: Io, options: ServerOptions): Promise<Finding> {
  try {
    const client = await clientOf(io, options);
    const { login, userId } = await client.call<{ login: string; userId: string }>("GET", "/user");
    return ok("login", `${login}, whose user id is ${userId}`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const isMissing = error.exitCode === EXIT.usage;
    return (isMissing ? warning : fault)("login", error.message, "Run zekt login.");
  }
}
