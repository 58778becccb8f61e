import { type Context, Hono, type MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import type { Probot } from "probot";
import type { IntakeDeps } from "../../deps.ts";
import { readLength } from "../../domain/headers.ts";
import { onceAMinute } from "../../log/once-a-minute.ts";
import { CUT_OFF, isCutOff } from "../kit/cut-off.ts";
import { problem } from "../kit/problem.ts";
import { unstored, type WebhookAnswer, webhookReceiver } from "./receive-webhook.ts";

/** GitHub sends no larger webhook: https://docs.github.com/en/webhooks/webhook-events-and-payloads#payload-cap */
const MAX_BODY_BYTES = 25 * 1024 * 1024;

export interface WebhookRoutesOptions {
  /** The largest body to take in; as large as GitHub sends them unless given. */
  maxBodyBytes?: number;
  /** Receives a webhook; at once unless given. */
  within?<T>(receive: () => Promise<T>): Promise<T>;
  /** The smee channel that webhooks come by. */
  smee?: string;
}

/** The routes of GitHub's webhooks, of which `appSecret` signs the App's own. */
export function webhookRoutes(
  deps: IntakeDeps,
  appSecret: string,
  probot: Pick<Probot, "receive">,
  { maxBodyBytes = MAX_BODY_BYTES, within = (receive) => receive(), smee }: WebhookRoutesOptions = {},
): Hono {
  const routes = new Hono();
  const receive = webhookReceiver(deps, appSecret, probot, { smee });
  const unsaidOf = onceAMinute(deps.clock);
  const tooLarge = (context: Context): Response => {
    const before = unsaidOf("oversized");
    if (before !== null)
      deps.log.warn(
        { event: "webhook.oversized", path: context.req.path, maxBodyBytes, before },
        "Webhook was too large",
      );
    // The rest of the body is not read, so that nothing else can come over the same connection.
    return problem(413, `The webhook is larger than ${maxBodyBytes} bytes.`, {
      headers: { connection: "close" },
    });
  };
  const counted = bodyLimit({ maxSize: maxBodyBytes, onError: tooLarge });
  const limit: MiddlewareHandler = async (context, next) => {
    const length = readLength(context.req.header("content-length"));
    // Only a body that does not say how long it is has to be counted while it comes.
    if (length === null || context.req.header("transfer-encoding")) return await counted(context, next);
    return length > maxBodyBytes ? tooLarge(context) : await next();
  };
  routes.onError((error, context) => {
    if (!isCutOff(error)) return responseOf(unstored(deps, error, headOf(context)));
    // Anybody may do so. GitHub's log shows its own, and is read at its time.
    const before = unsaidOf("cut off");
    if (before !== null)
      deps.log.warn(
        { event: "webhook.cut-off", path: context.req.path, before },
        "Webhook was cut off by its sender",
      );
    return problem(400, CUT_OFF);
  });
  const answer = async (context: Context): Promise<Response> =>
    await within(async () => {
      const body = Buffer.from(await context.req.arrayBuffer());
      return responseOf(await receive({ ...headOf(context), body }));
    });
  routes.post("/github/webhooks", limit, answer);
  routes.post("/github/webhooks/repositories/:repositoryId", limit, answer);
  return routes;
}

/** Whose webhook it is; a smee channel has one target, so there the query tells. */
const headOf = ({ req }: Context) => ({
  repositoryId: req.param("repositoryId") ?? req.query("repository") ?? null,
  header: (name: string): string | null => req.header(name) ?? null,
});

const responseOf = ({ status, detail }: WebhookAnswer): Response =>
  detail === null ? new Response(null, { status }) : problem(status, detail);
