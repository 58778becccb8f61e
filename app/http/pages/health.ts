import type { ApiDeps } from "../../deps.ts";
import { SECOND } from "../../domain/clock.ts";
import { HEALTH_PROBE } from "../../store/fact-kinds.ts";
import type { Api } from "../kit/env.ts";

/** Says how far this machine's clock is from GitHub's; null where they agree, as far as is known. */
function clockProblem({ github }: ApiDeps): string | null {
  const seconds = Math.round(github.clockOff / SECOND);
  if (seconds === 0) return null;
  return `The clock is off by ${Math.abs(seconds)} s: ${seconds > 0 ? "ahead of" : "behind"} GitHub's.`;
}

/**
 * Serves what watches a process. `/livez` only says that it answers. By `/healthz` one that does not work is
 * restarted. `/readyz` says whether everything arrives that should; `problems` adds what else is in the way.
 */
export function healthRoutes(api: Api, deps: ApiDeps, problems: () => string[]): void {
  const isStoreUp = async (): Promise<boolean> => {
    try {
      await deps.store.facts.get(HEALTH_PROBE.of());
      return true;
    } catch (error) {
      deps.log.error({ event: "store.failed", err: error }, "Store does not answer");
      return false;
    }
  };
  api.get("/livez", (context) => context.json({ status: "ok" }));
  api.get("/healthz", async (context) => {
    if (!(await isStoreUp())) return context.json({ status: "unavailable" }, 503);
    const clock = clockProblem(deps);
    return context.json({ status: "ok", ...(clock === null ? {} : { clock }) });
  });
  api.get("/readyz", async (context) => {
    const reasons = [...((await isStoreUp()) ? [] : ["The store does not answer."]), ...problems()];
    return reasons.length > 0
      ? context.json({ status: "not-ready", reasons }, 503)
      : context.json({ status: "ready" });
  });
}
