import type { Logger } from "pino";
import { logContext } from "./context.ts";

/** What a log line tells of an error. */
interface ErrorFacts {
  type: string;
  message: string;
  stack?: string;
  status?: unknown;
  code?: unknown;
  cause?: ErrorFacts;
  errors?: ErrorFacts[];
}

/**
 * Tells of an error what happened and where. Errors of Octokit carry their request, with the secret of
 * the webhook or the payload that was in it, and those of Probot the event: none of that is told.
 */
export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error))
    return { type: typeof error, message: "Something was thrown that is no error." };
  const { status, code } = error as { status?: unknown; code?: unknown };
  return {
    type: error.name,
    message: error.message,
    stack: error.stack,
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(error.cause instanceof Error ? { cause: errorFacts(error.cause) } : {}),
    ...(error instanceof AggregateError ? { errors: error.errors.map(errorFacts) } : {}),
  };
}

/**
 * A log like the one given that tells of errors no more than {@link errorFacts}, and in every line the ids
 * of what is worked on.
 */
export const discreet = (log: Logger): Logger =>
  log.child(
    {},
    {
      serializers: { err: errorFacts },
      formatters: { log: (line: object) => ({ ...logContext(), ...line }) },
    },
  );
