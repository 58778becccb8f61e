import { type Logger, type LoggerOptions, stdTimeFunctions } from "pino";
import { logContext } from "./context.ts";
import type { Log, LogEvent } from "./events.ts";

/** Lines that people can read: JSON with the level's name and the time as ISO 8601. */
export const READABLE: LoggerOptions<never> = {
  base: undefined,
  formatters: { level: (level) => ({ level }) },
  timestamp: stdTimeFunctions.isoTime,
};

/** The fields of an error in a log line. */
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
 * Describes of an error what happened and where. Errors of Octokit carry their request, with the webhook's secret or the
 * payload in it. Those of Probot carry the event. Neither is logged.
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
 * Makes the app's log: it tells of errors no more than {@link errorFacts}, and in every line the ids of what
 * is worked on.
 */
export const discreet = (log: Logger): Log =>
  log.child(
    {},
    {
      serializers: { err: errorFacts },
      formatters: { log: (line: object) => ({ ...logContext(), ...line }) },
    },
  );

const REPORTED: LogEvent = "probot.reported";

/**
 * Makes the log that Probot writes, as discreet as the app's. Where Probot names the webhook as its line's
 * `event`, with its payload, the key of all its lines stands.
 */
export const probotLog = (log: Logger): Logger =>
  log.child(
    {},
    {
      serializers: { err: errorFacts },
      formatters: { log: (line: object) => ({ ...logContext(), ...line, event: REPORTED }) },
    },
  );
