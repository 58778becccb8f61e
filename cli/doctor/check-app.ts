import { missingEvents, missingPermissions } from "../../app/domain/installations/installation.ts";
import { COMMON_HEADERS, versionRefusal } from "../../app/github/api-version.ts";
import { signAppJwt } from "../../app/github/app-jwt.ts";
import type { Config } from "../../app/main/config.ts";
import { isPrivateUrl } from "../../app/outbound/private-address.ts";
import { type HttpAnswer, parseJson, postForm, request } from "../api/http.ts";
import { CommandError } from "../exit.ts";
import type { Io } from "../io.ts";
import { checkClock } from "./check-clock.ts";
import { type Finding, fault, ok, warning } from "./finding.ts";

const SETTINGS = "the App's settings on GitHub";
/** Zekt answers so to a webhook whose signature does not fit. */
const WRONGLY_SIGNED = 401;
const AGAIN = "Try again in a minute; githubstatus.com says how GitHub is.";

/** Asks GitHub about the App as the App: whether it takes the key, what the App may do, and where its webhook goes. */
export async function checkApp(io: Io, config: Config): Promise<Finding[]> {
  const ask = (path: string): Promise<HttpAnswer> => {
    const { jwt } = signAppJwt(config.APP_ID, config.PRIVATE_KEY, io.now());
    const headers = {
      authorization: `Bearer ${jwt}`,
      ...COMMON_HEADERS,
      accept: "application/vnd.github+json",
    };
    return request(new URL(`${config.GITHUB_API_URL}${path}`), { headers });
  };
  try {
    const answer = await ask("/app");
    const clock = checkClock(answer.headers.get("date"), io.now(), "GitHub");
    const findings = clock ? [clock] : [];
    const app = parseJson(answer.text) as App | null;
    if (answer.status !== 200) return [...findings, refused(answer, config)];
    if (!app?.permissions) return [...findings, notGitHub(config)];
    const [hook, log, device] = [
      await ask("/app/hook/config"),
      await ask("/app/hook/deliveries?per_page=20"),
      await askForCode(config),
    ];
    return [
      ok("GitHub", `accepts the key of the App ${app.slug}`),
      ...findings,
      ...checkPermissions(app),
      checkEvents(app),
      ...(hook.status === 200 || hook.status === 404
        ? checkWebhook(parseJson(hook.text) as HookConfig, config)
        : [warning("webhook", `GitHub answered ${hook.status} where its settings are`, AGAIN)]),
      ...checkLog(parseJson(log.text)),
      ...checkDeviceFlow(parseJson(device.text)),
    ];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return [fault("GitHub", error.message, "Check GITHUB_API_URL, the proxy settings and the firewall.")];
  }
}

interface App {
  slug: string;
  permissions: Record<string, string>;
  events: string[];
}

interface HookConfig {
  url?: string;
  content_type?: string;
  insecure_ssl?: string | number;
  secret?: string;
}

function refused({ status, text }: HttpAnswer, { APP_ID }: Config): Finding {
  const { message = "" } = (parseJson(text) ?? {}) as { message?: string };
  if (versionRefusal(status, message) !== null) {
    const found = `answered ${status} to the version of its API that this Zekt speaks${message && `: ${message}`}`;
    return fault("GitHub", found, "Update Zekt.");
  }
  const found = `answered ${status} to App ${APP_ID}${message && `: ${message}`}`;
  if (/claim/.test(message)) return fault("GitHub", found, "Set this machine's clock by NTP.");
  if (status === 401 || status === 404)
    return fault("GitHub", found, `Check APP_ID, and make a new private key in ${SETTINGS} if need be.`);
  return fault("GitHub", found, AGAIN);
}

const notGitHub = ({ GITHUB_API_URL }: Config): Finding =>
  fault(
    "GitHub",
    `${GITHUB_API_URL} does not answer as GitHub's API does`,
    "Check GITHUB_API_URL: an Enterprise Server's is https://HOST/api/v3.",
  );

function checkPermissions({ permissions }: App): Finding[] {
  const lacking = missingPermissions(permissions);
  if (lacking.length === 0) return [ok("permissions", "the App has those it needs")];
  const remedy = `Add it under Permissions & events in ${SETTINGS}; each owner then accepts it.`;
  return lacking.map((one) => fault("permissions", `the App lacks ${one}`, remedy));
}

function checkEvents({ events }: App): Finding {
  const lacking = missingEvents(events);
  if (lacking.length === 0) return ok("events", "the App subscribes to those it needs");
  return fault(
    "events",
    `the App does not subscribe to ${lacking.join(", ")}`,
    `Tick them under Permissions & events in ${SETTINGS}.`,
  );
}

function checkWebhook(hook: HookConfig | null, config: Config): Finding[] {
  const { ZEKT_SMEE_URL: smee, ZEKT_PUBLIC_URL: origin } = config;
  const url = hook?.url ?? "";
  const wanted = smee ?? (origin && `${origin}/github/webhooks`);
  const findings: Finding[] = [];
  if (wanted === undefined)
    findings.push(
      fault(
        "webhook",
        "neither ZEKT_PUBLIC_URL nor ZEKT_SMEE_URL is set, so GitHub cannot reach this server",
        "Set one of them.",
      ),
    );
  else if (url.replace(/\/+$/, "") !== wanted)
    findings.push(
      fault(
        "webhook",
        `GitHub sends the App's webhooks to ${url || "nowhere"}`,
        `Set ${wanted} under Webhook in ${SETTINGS}.`,
      ),
    );
  else findings.push(ok("webhook", `GitHub sends the App's webhooks to ${url}`));
  if (origin !== undefined && smee === undefined && isPrivateUrl(new URL(origin)))
    findings.push(
      fault(
        "webhook",
        `${origin} is an address that GitHub cannot reach`,
        "Set ZEKT_PUBLIC_URL to a public address, or ZEKT_SMEE_URL to a smee channel.",
      ),
    );
  if (url !== "" && hook?.content_type !== "json")
    findings.push(
      fault("webhook", "its content type is a form", `Choose application/json under Webhook in ${SETTINGS}.`),
    );
  if (url.startsWith("https:") && String(hook?.insecure_ssl ?? "0") === "1")
    findings.push(
      warning(
        "webhook",
        "GitHub does not verify the certificate",
        `Enable SSL verification under Webhook in ${SETTINGS}.`,
      ),
    );
  return findings;
}

/** Checks whether the webhooks that GitHub sent last arrived, newest first. */
function checkLog(log: unknown): Finding[] {
  if (!Array.isArray(log) || log.length === 0) return [];
  const failed = (log as { status_code: number }[]).filter(
    ({ status_code: status }) => status < 200 || status > 299,
  );
  if (failed.length === 0) return [ok("webhook", `the last ${log.length} arrived`)];
  const statuses = [...new Set(failed.map(({ status_code: status }) => status))];
  const remedy = statuses.includes(WRONGLY_SIGNED)
    ? `Set the webhook's secret in ${SETTINGS} to that of WEBHOOK_SECRET.`
    : `See Recent deliveries under Advanced in ${SETTINGS}; docs/troubleshooting.md has the answers.`;
  return [
    warning("webhook", `${failed.length} of the last ${log.length} failed (${statuses.join(", ")})`, remedy),
  ];
}

const askForCode = ({ GITHUB_WEB_URL, GITHUB_CLIENT_ID }: Config): Promise<HttpAnswer> =>
  postForm(new URL(`${GITHUB_WEB_URL}/login/device/code`), { client_id: GITHUB_CLIENT_ID });

function checkDeviceFlow(answer: unknown): Finding[] {
  const { error, user_code: code } = (answer ?? {}) as { error?: string; user_code?: string };
  if (code !== undefined) return [ok("device flow", "zekt login works")];
  if (error !== "device_flow_disabled") return [];
  return [
    warning(
      "device flow",
      "it is off, so zekt login does not work",
      `Turn on Enable Device Flow in ${SETTINGS}.`,
    ),
  ];
}
