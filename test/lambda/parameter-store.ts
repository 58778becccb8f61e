import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Parameters = Readonly<Record<string, string | undefined>>;

/** Answers as the Parameter Store answers GetParameters; a parameter's path is left aside. */
export function answerParameters(outgoing: ServerResponse, body: Buffer, parameters: Parameters): void {
  const { Names } = JSON.parse(body.toString()) as { Names: string[] };
  const value = (name: string): string | undefined => parameters[name.split("/").pop() as string];
  outgoing.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
  outgoing.end(
    JSON.stringify({
      Parameters: Names.filter(value).map((Name) => ({ Name, Type: "SecureString", Value: value(Name) })),
      InvalidParameters: Names.filter((name) => !value(name)),
    }),
  );
}

/** A Parameter Store that holds what it is given. */
export async function startParameterStore(
  parameters: Parameters,
): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    answerParameters(outgoing, Buffer.concat(chunks), parameters);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
