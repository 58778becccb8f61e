import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";

/** Reads settings from the Parameter Store by the AWS SDK's client for it, as its documentation shows. */
export async function readByClient(names: readonly string[]): Promise<Record<string, string | undefined>> {
  const path = process.env.ZEKT_PARAMETERS ?? "";
  const { Parameters = [] } = await new SSMClient({}).send(
    new GetParametersCommand({ Names: names.map((name) => path + name), WithDecryption: true }),
  );
  return Object.fromEntries(Parameters.map(({ Name, Value }) => [Name?.slice(path.length), Value]));
}
