import { handle, type LambdaContext, type LambdaEvent } from "hono/aws-lambda";
import { composeIntake } from "../compose-intake.ts";
import { webhookRoutes } from "../http/webhooks.ts";
import { lookAtTroubled } from "../steps/look-at-troubled.ts";
import { intakeClients } from "../store/clients.ts";
import { loadAdapter } from "./adapter.ts";
import { readDeployedConfig, readEnvironment } from "./environment.ts";
import { readIntakeConfig } from "./intake-config.ts";
import { lambdaLog } from "./log.ts";
import { once } from "./once.ts";
import { INTAKE_PARAMETERS } from "./parameter-names.ts";

/** A function is called with at most so much: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_BODY_BYTES = 6 * 1024 * 1024;

const intake = once(async () => {
  const config = await readDeployedConfig(INTAKE_PARAMETERS, readIntakeConfig);
  const zekt = composeIntake({ config, log: lambdaLog(), clients: intakeClients(), ...readEnvironment() });
  const { probot, receive } = await loadAdapter(zekt, config);
  const routes = webhookRoutes(zekt, probot, { maxBodyBytes: MAX_BODY_BYTES, receive });
  return { zekt, answer: handle(routes) };
});

/** Takes in a webhook of the App or of a repository. */
export async function handler(event: LambdaEvent, context?: LambdaContext): Promise<unknown> {
  const { zekt, answer } = await intake();
  const result = await answer(event, context);
  // The first webhook that can be stored again tells of those before that could not.
  if (zekt.troubled.size > 0 && (result as { statusCode: number }).statusCode < 300) {
    await lookAtTroubled(zekt).catch((error: unknown) =>
      zekt.log.warn({ err: error }, "webhooks that were not stored are looked for later"),
    );
  }
  return result;
}
