import { ConfigError } from "../main/config-error.ts";
import type { StoreNames } from "../store/aws/intake-storage.ts";
import { type QueueName, queues } from "../store/queues.ts";
import { readParameters } from "./parameters.ts";

/** The variables that `serverless.yml` gives to every function. */
interface Environment {
  names: StoreNames;
  publicUrl: string;
}

const told = (name: string): string => {
  const value = process.env[name];
  if (!value) throw new ConfigError(`${name} is not set; serverless.yml sets it for every function.`);
  return value;
};

/** Reads where this deployment stores and how it is reached. */
export const readEnvironment = (): Environment => ({
  names: {
    tablePrefix: told("ZEKT_TABLE_PREFIX"),
    bucket: told("ZEKT_BUCKET"),
    queueUrls: Object.fromEntries(
      Object.keys(queues).map((name) => [name, told(`ZEKT_QUEUE_${name.toUpperCase()}`)]),
    ) as Record<QueueName, string>,
  },
  publicUrl: told("ZEKT_PUBLIC_URL").replace(/\/+$/, ""),
});

/**
 * Reads those settings that a function is given: the parameters from the Parameter Store, the rest from
 * its variables.
 *
 * @throws ConfigError naming what is missing, and the command that puts it there
 */
export async function readDeployedConfig<C>(
  parameters: readonly string[],
  read: (env: Readonly<Record<string, string | undefined>>) => C,
): Promise<C> {
  const path = told("ZEKT_PARAMETERS");
  const held = await readParameters(path, parameters);
  try {
    return read({ ...process.env, ...held });
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new ConfigError(
      `${cause.message}\nPut it there with: aws ssm put-parameter --type SecureString --name ${path}NAME --value …`,
      { cause },
    );
  }
}
