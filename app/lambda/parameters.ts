import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";
import { SECOND } from "../domain/clock.ts";

/** The Parameter Store gives at most so many at once. */
const MAX_NAMES = 10;

/** GitHub waits 10 seconds for a webhook's answer: trying for so long leaves it most of them. */
const TRY_FOR = 3 * SECOND;
/** The first pause is at most so long, each further one at most twice the one before. */
const FIRST_PAUSE = 100;

/** Answers that another try may change; the store answers 40 requests a second unless more was bought. */
const PASSING = /Throttl|TooManyRequests|RequestLimit|InternalServerError|ServiceUnavailable/;

/** The time and the chance that pauses between tries depend on. */
export interface Pauses {
  now(): number;
  wait(milliseconds: number): Promise<void>;
  /** Returns a number from 0 to 1, so that functions that start together do not ask together again. */
  random(): number;
}

const REAL: Pauses = {
  now: Date.now,
  wait: (milliseconds) => new Promise((done) => setTimeout(done, milliseconds)),
  random: Math.random,
};

interface Answer {
  Parameters?: { Name: string; Value: string }[];
  __type?: string;
  message?: string;
}

/**
 * Reads settings from the Parameter Store, decrypted; those that are not there are left out. A function's role lets
 * it read no other than those it names. Asks with the parts that the AWS SDK's clients are made of. The client for it
 * would be a sixth of the webhooks function, for one call. A refusal that passes, such as where many functions start
 * at once, is asked again within 3 seconds.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 *
 * @throws Error where AWS does not give them, saying why
 */
export async function readParameters(
  path: string,
  names: readonly string[],
  pauses: Pauses = REAL,
): Promise<Record<string, string | undefined>> {
  if (names.length > MAX_NAMES) throw new Error(`At most ${MAX_NAMES} parameters can be read at once.`);
  const input = { Names: names.map((name) => path + name), WithDecryption: true };
  const { status, answer } = await requestWithRetries(pauses, () => ask("GetParameters", input));
  if (status !== 200) {
    const why = [answer.__type?.split("#").pop(), answer.message].filter(Boolean).join(": ");
    throw new Error(`The Parameter Store did not give ${path}*, ${status} ${why}`);
  }
  return Object.fromEntries(
    (answer.Parameters ?? []).map(({ Name, Value }) => [Name.slice(path.length), Value]),
  );
}

interface Asked {
  status: number;
  answer: Answer;
}

/** Asks until the answer is one that stays, or no further pause fits into the time there is. */
async function requestWithRetries({ now, wait, random }: Pauses, ask: () => Promise<Asked>): Promise<Asked> {
  const end = now() + TRY_FOR;
  for (let most = FIRST_PAUSE; ; most *= 2) {
    const asked = await ask().catch((error: unknown) => ({ error }));
    const passes = "error" in asked || asked.status >= 500 || PASSING.test(asked.answer.__type ?? "");
    const pause = (most * (1 + random())) / 2;
    if (!passes || now() + pause > end) {
      if ("error" in asked) throw asked.error;
      return asked;
    }
    await wait(pause);
  }
}

async function ask(action: string, input: object): Promise<Asked> {
  const { AWS_REGION: region = "us-east-1", AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL } = process.env;
  const { ZEKT_AWS_DOMAIN = "amazonaws.com" } = process.env;
  const endpoint = AWS_ENDPOINT_URL_SSM ?? AWS_ENDPOINT_URL ?? `https://ssm.${region}.${ZEKT_AWS_DOMAIN}`;
  const { protocol, hostname, port, host } = new URL(endpoint);
  const request = new HttpRequest({
    method: "POST",
    protocol,
    hostname,
    ...(port ? { port: Number(port) } : {}),
    path: "/",
    headers: {
      host,
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AmazonSSM.${action}`,
    },
    body: JSON.stringify(input),
  });
  const signer = new SignatureV4({ service: "ssm", region, sha256: Sha256, credentials: ownCredentials() });
  const handler = new NodeHttpHandler({
    connectionTimeout: 1 * SECOND,
    requestTimeout: 2 * SECOND,
    // Without it a request that takes longer is only complained of.
    throwOnRequestTimeout: true,
  });
  try {
    const { response } = await handler.handle((await signer.sign(request)) as HttpRequest);
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk as Buffer);
    return { status: response.statusCode, answer: JSON.parse(Buffer.concat(chunks).toString() || "{}") };
  } finally {
    handler.destroy();
  }
}

/** The keys of the function's role, as Lambda gives them. */
function ownCredentials() {
  const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_SESSION_TOKEN } = process.env;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN ? { sessionToken: AWS_SESSION_TOKEN } : {}),
  };
}
