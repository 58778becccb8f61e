declare module "@probot/adapter-aws-lambda-serverless/lambda-function.js" {
  import type { Probot } from "probot";

  /**
   * The handler that the adapter makes of a Probot. Imported by its own file: the adapter's entrance takes
   * all of Probot's exports along, its server among them.
   */
  export default function lambdaFunction(
    probot: Probot,
    event: { headers: Record<string, string>; body: string },
    context: object,
  ): Promise<{ statusCode: number; body: string }>;
}
