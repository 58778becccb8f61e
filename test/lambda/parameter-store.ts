import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Parameters = Readonly<Record<string, string | undefined>>;

/** Requests a second that the store answers; it refuses the others. https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const RATE = 40;

/** Returns whether a request may be answered by now: a bucket of one second's requests that fills evenly. */
function throttle(now: () => number): () => boolean {
  let left = RATE;
  let at = now();
  return () => {
    left = Math.min(RATE, left + ((now() - at) * RATE) / 1000);
    at = now();
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

const TYPE = { "content-type": "application/x-amz-json-1.1" };

/** Makes what answers as the Parameter Store answers GetParameters; a parameter's path is left aside. */
export function parameterStore(
  parameters: Parameters,
  now: () => number = Date.now,
): (outgoing: ServerResponse, body: Buffer) => void {
  const mayAnswer = throttle(now);
  return (outgoing, body) => {
    if (!mayAnswer()) {
      outgoing.writeHead(400, TYPE);
      outgoing.end('{"__type":"ThrottlingException","message":"Rate exceeded"}');
      return;
    }
    const { Names, WithDecryption } = JSON.parse(body.toString()) as {
      Names: string[];
      WithDecryption?: boolean;
    };
    const held = (name: string): string | undefined => parameters[name.split("/").pop() as string];
    const value = (name: string): string | undefined =>
      held(name) && (WithDecryption ? held(name) : "AQICAH…");
    outgoing.writeHead(200, TYPE);
    outgoing.end(
      JSON.stringify({
        Parameters: Names.filter(value).map((Name) => ({ Name, Type: "SecureString", Value: value(Name) })),
        InvalidParameters: Names.filter((name) => !value(name)),
      }),
    );
  };
}

/** A Parameter Store that holds what it is given. */
export async function startParameterStore(
  parameters: Parameters,
  now?: () => number,
): Promise<{ url: string; asked: string[]; close(): Promise<void> }> {
  const answer = parameterStore(parameters, now);
  const asked: string[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    asked.push(String(incoming.headers["x-amz-target"]));
    answer(outgoing, Buffer.concat(chunks));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
