import { Sha256 } from "@smithy/core/checksum";
import { HttpRequest } from "@smithy/core/protocols";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { SignatureV4 } from "@smithy/signature-v4";

/** The Parameter Store gives at most so many at once. */
const MAX_NAMES = 10;

interface Answer {
  Parameters?: { Name: string; Value: string }[];
  __type?: string;
  message?: string;
}

/**
 * Reads settings from the Parameter Store, decrypted; those that are not there are left out. A function's
 * role lets it read no other than those it names. Asked with the parts that the AWS SDK's clients are made
 * of: the client for it would be a sixth of the webhooks function, for one call.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
 *
 * @throws Error where AWS does not give them, saying why
 */
export async function readParameters(
  path: string,
  names: readonly string[],
): Promise<Record<string, string | undefined>> {
  if (names.length > MAX_NAMES) throw new Error(`At most ${MAX_NAMES} parameters can be read at once.`);
  const { status, answer } = await ask("GetParameters", {
    Names: names.map((name) => path + name),
    WithDecryption: true,
  });
  if (status !== 200) {
    const why = [answer.__type?.split("#").pop(), answer.message].filter(Boolean).join(": ");
    throw new Error(`The Parameter Store did not give ${path}*, ${status} ${why}`);
  }
  return Object.fromEntries(
    (answer.Parameters ?? []).map(({ Name, Value }) => [Name.slice(path.length), Value]),
  );
}

async function ask(action: string, input: object): Promise<{ status: number; answer: Answer }> {
  const { AWS_REGION: region = "us-east-1", AWS_ENDPOINT_URL_SSM, AWS_ENDPOINT_URL } = process.env;
  const endpoint = AWS_ENDPOINT_URL_SSM ?? AWS_ENDPOINT_URL ?? `https://ssm.${region}.amazonaws.com`;
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
  const handler = new NodeHttpHandler({ connectionTimeout: 2000, requestTimeout: 5000 });
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
