import { HTTPException } from "hono/http-exception";
import type { ApiDeps } from "../../deps.ts";
import { Refusal, type RefusalCode } from "../../domain/refusal.ts";
import { TokenRefused } from "../../github/oidc.ts";
import { refusalOf } from "../../github/outage.ts";
import { BadCursor } from "../../store/cursor.ts";
import { CUT_OFF, isCutOff } from "./cut-off.ts";
import type { Ctx } from "./env.ts";
import { problem } from "./problem.ts";

const STATUS: Record<RefusalCode, number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  "not-found": 404,
  conflict: 409,
  gone: 410,
  "too-large": 413,
  limited: 429,
  unavailable: 503,
};

/** Seconds to wait where nobody knows better. */
const RETRY_AFTER = 60;
const CHALLENGE = 'Bearer realm="zekt"';

/** Answers what a route threw: a refusal with its reason, anything else with no more than the request's id. */
export function answerError(deps: ApiDeps, error: Error, context: Ctx): Response {
  const refusal = error instanceof Refusal ? error : refusalOf(error);
  if (refusal) return answerRefusal(refusal);
  if (error instanceof TokenRefused) {
    return problem(401, error.message, {
      headers: { "www-authenticate": `${CHALLENGE}, error="invalid_token"` },
    });
  }
  if (error instanceof BadCursor) return problem(400, error.message);
  if (error instanceof HTTPException) return answerException(error);
  if (isCutOff(error)) return problem(400, CUT_OFF);
  const requestId = context.get("requestId");
  deps.log.error(
    { ...context.get("about"), event: "request.failed", err: error, requestId },
    "Request failed",
  );
  return problem(500, `Something went wrong here; send this Zekt's operator the request id ${requestId}.`);
}

function answerRefusal({ code, message, errors, retryAfter }: Refusal): Response {
  const status = STATUS[code];
  const headers: Record<string, string> = {};
  if (status === 401) headers["www-authenticate"] = CHALLENGE;
  if (status === 429 || status === 503) headers["retry-after"] = String(retryAfter ?? RETRY_AFTER);
  return problem(status, message, { errors, headers });
}

function answerException({ status, message }: HTTPException): Response {
  if (status === 415) return problem(415, "Send the body as JSON: content-type: application/json.");
  return problem(status, message ? `${message}.` : "The request cannot be read.");
}
