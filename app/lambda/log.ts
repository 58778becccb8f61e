import { type DestinationStream, type Logger, pino } from "pino";
import { READABLE } from "../log/log.ts";
import { metricsOf } from "./metrics.ts";

/**
 * Makes the log of a function: one JSON object a line, with CloudWatch's metrics in those lines that count.
 * `LOG_LEVEL` decides which lines are printed. A line below it that counts is printed with its key and its
 * metrics alone.
 */
export function lambdaLog(destination?: DestinationStream): Logger {
  const least = pino.levels.values[process.env.LOG_LEVEL || "info"] ?? Number.POSITIVE_INFINITY;
  return pino(
    {
      ...READABLE,
      level: "trace",
      hooks: {
        logMethod(args, method, level) {
          const [facts] = args as unknown[];
          const metrics = metricsOf(facts, process.env.ZEKT_STAGE ?? "dev", Date.now());
          if (level >= least) {
            if (metrics) args[0] = { ...(facts as object), ...metrics };
            method.apply(this, args);
          } else if (metrics) {
            method.call(this, { event: (facts as { event: string }).event, ...metrics });
          }
        },
      },
    },
    destination,
  );
}
