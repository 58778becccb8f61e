import { type Logger, pino } from "pino";
import { withMetrics } from "./metrics.ts";

/** The log of a function: one JSON object a line, with CloudWatch's metrics in those lines that tell of them. */
export const lambdaLog = (): Logger =>
  pino({
    level: process.env.LOG_LEVEL || "info",
    base: undefined,
    hooks: {
      logMethod(args, method) {
        method.apply(this, withMetrics(args, process.env.ZEKT_STAGE ?? "dev", Date.now()));
      },
    },
  });
