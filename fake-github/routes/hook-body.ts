import { type GitHubError, invalid } from "../errors.ts";
import type { Settings } from "../settings.ts";
import type { Hook, Repository } from "../state.ts";
import { isRepositoryEvent, PRIVATE_HOST } from "../webhook-events.ts";

/** https://docs.github.com/en/webhooks/about-webhooks: webhooks a repository may have for one event. */
const MAX_HOOKS_PER_EVENT = 20;

interface Config {
  url?: unknown;
  content_type?: unknown;
  secret?: unknown;
  insecure_ssl?: unknown;
}

const refused = (message: string, more: object = {}): GitHubError =>
  invalid("Validation Failed", [{ resource: "Hook", code: "custom", ...more, message }]);

/** The configuration in a body, checked; what it leaves out has GitHub's defaults, and no secret. */
export function readConfig(
  value: unknown,
  { publicHooksOnly }: Pick<Settings, "publicHooksOnly">,
): Pick<Hook, "url" | "secret" | "contentType" | "insecureSsl"> {
  const { url, content_type, secret, insecure_ssl } = (value ?? {}) as Config;
  if (typeof url !== "string" || url === "") throw refused("url cannot be blank", { field: "url" });
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw refused("url is not supported", { field: "url" });
  }
  const { hostname } = new URL(url);
  if (publicHooksOnly && PRIVATE_HOST.test(hostname)) {
    const message = `url is not supported because it isn't reachable over the public Internet (${hostname})`;
    throw refused(message, { field: "url" });
  }
  if (content_type !== undefined && content_type !== "json" && content_type !== "form") {
    throw refused("content_type must be json or form", { field: "content_type" });
  }
  return {
    url,
    secret: typeof secret === "string" && secret !== "" ? secret : null,
    contentType: content_type ?? "form",
    insecureSsl: String(insecure_ssl ?? "0"),
  };
}

/** The events in a body, checked. */
export function readEvents(value: unknown): string[] {
  if (!Array.isArray(value) || value.length === 0) throw refused("must have at least one event");
  const unknown = value.filter((event) => typeof event !== "string" || !isRepositoryEvent(event));
  if (unknown.length > 0) throw refused(`These events are not allowed for this hook: ${unknown.join(", ")}`);
  return value as string[];
}

/** Checks that a repository may have a webhook, beside those that it has. */
export function checkRoom(repository: Repository, hook: Pick<Hook, "url" | "events">, but?: Hook): void {
  const others = repository.hooks.filter((one) => one !== but);
  const same = [...hook.events].sort().join();
  if (others.some((one) => one.url === hook.url && [...one.events].sort().join() === same)) {
    throw refused("Hook already exists on this repository");
  }
  const full = hook.events.filter(
    (event) => others.filter(({ events }) => events.includes(event)).length >= MAX_HOOKS_PER_EVENT,
  );
  if (full.length === 0) return;
  throw invalid(
    "Validation Failed",
    full.map((event) => ({
      resource: "Hook",
      code: "custom",
      message: `The "${event}" event cannot have more than ${MAX_HOOKS_PER_EVENT} hooks`,
    })),
  );
}
