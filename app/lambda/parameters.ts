import { GetParametersCommand, SSMClient } from "@aws-sdk/client-ssm";

/** The Parameter Store gives at most so many at once. */
const MAX_NAMES = 10;

/**
 * Reads settings from the Parameter Store, decrypted; those that are not there are left out. A function's
 * role lets it read no other than those it names.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 */
export async function readParameters(
  path: string,
  names: readonly string[],
): Promise<Record<string, string | undefined>> {
  if (names.length > MAX_NAMES) throw new Error(`At most ${MAX_NAMES} parameters can be read at once.`);
  const client = new SSMClient({});
  try {
    const { Parameters = [] } = await client.send(
      new GetParametersCommand({ Names: names.map((name) => path + name), WithDecryption: true }),
    );
    return Object.fromEntries(Parameters.map(({ Name, Value }) => [Name?.slice(path.length), Value]));
  } finally {
    client.destroy();
  }
}
