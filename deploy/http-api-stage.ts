/** Limits that a deployment may set by `--param`, by their names in `serverless.yml`. */
const LIMITS = ["requestRate", "requestBurst", "webhookRate", "webhookBurst"] as const;
type Limits = Record<(typeof LIMITS)[number], number>;

/**
 * Reads the limits as numbers: what comes by `--param` is text. CloudFormation knows no type of a route's settings, and
 * so turns no text there into a number. A rate may have a fraction; a burst may not.
 * https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages.html
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigatewayv2-stage.html
 *
 * @throws Error naming a limit that is none, and what it has to be
 */
export async function readLimits(param: (name: string) => Promise<unknown>): Promise<Limits> {
  const read = LIMITS.map(async (name) => {
    const value = await param(name);
    const limit = Number(value);
    const isWhole = name.endsWith("Burst");
    if (!Number.isFinite(limit) || limit <= 0 || (isWhole && !Number.isInteger(limit)))
      throw new Error(
        `The parameter ${name} has to be a ${isWhole ? "whole number from 1" : "number above 0"}; it is "${String(value)}".`,
      );
    return [name, limit] as const;
  });
  return Object.fromEntries(await Promise.all(read)) as Limits;
}

const settings = (ThrottlingRateLimit: number, ThrottlingBurstLimit: number) => ({
  DetailedMetricsEnabled: true,
  ThrottlingRateLimit,
  ThrottlingBurstLimit,
});

/** Returns what the stage of the HTTP API has besides what osls gives it: limits, and metrics of each route. */
export function httpApiStage({ requestRate, requestBurst, webhookRate, webhookBurst }: Limits) {
  const webhooks = settings(webhookRate, webhookBurst);
  return {
    // A route can only have settings once it is there.
    DependsOn: [
      "HttpApiRoutePostGithubWebhooks",
      "HttpApiRoutePostGithubWebhooksRepositoriesRepositoryidVar",
    ],
    Properties: {
      DefaultRouteSettings: settings(requestRate, requestBurst),
      RouteSettings: {
        "POST /github/webhooks": webhooks,
        "POST /github/webhooks/repositories/{repositoryId}": webhooks,
      },
    },
  };
}
