import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { noRoomOf, whyNeverSent } from "../../app/github/never-sent.ts";
import { sendThroughProxies } from "../../app/main/proxy.ts";

/* Connections that end before a request could leave, by real servers. */

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = async (url: string): Promise<unknown> =>
  await fetch(url, { method: "POST", body: "{}", redirect: "manual" }).catch((error: unknown) => error);

async function postThrough(proxy: string): Promise<string | null> {
  const end = sendThroughProxies({ HTTPS_PROXY: proxy });
  try {
    return whyNeverSent(await post("https://api.github.invalid/repositories/1/dispatches"));
  } finally {
    end();
  }
}

test.each([407, 403, 502])("a proxy that answers a tunnel with %i has passed nothing on", async (status) => {
  const proxy = createServer().on(
    "connect",
    (_, socket) => void socket.on("error", () => {}).end(`HTTP/1.1 ${status} No\r\n\r\n`),
  );
  expect(await postThrough(await listen(proxy))).toContain(`A proxy answered ${status} in GitHub's place`);
});

test("a proxy that hangs up before there is a tunnel has passed nothing on", async () => {
  const proxy = createServer().on("connect", (_, socket) => void socket.destroy());
  expect(await postThrough(await listen(proxy))).toContain("UND_ERR_PRX_CONN");
});

test("a proxy that is not there has passed nothing on", async () => {
  expect(await postThrough("127.0.0.1:1")).toContain("ECONNREFUSED");
});

test("an answer 407, which Node's fetch has no words for, is a proxy's", async () => {
  const host = await listen(createServer((_, response) => void response.writeHead(407).end()));
  expect(await post(`http://${host}/`)).toBeInstanceOf(TypeError);
  expect(whyNeverSent(await post(`http://${host}/`))).toContain("A proxy answered 407");
});

test("an address that ends the connection before TLS began has got nothing", async () => {
  const host = await listen(createTcpServer((socket) => void socket.destroy()));
  expect(whyNeverSent(await post(`https://${host}/`))).toContain("could not be reached");
});

test.each(["SELF_SIGNED_CERT_IN_CHAIN", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "ERR_TLS_CERT_ALTNAME_INVALID"])(
  "of a certificate that is not trusted (%s) the remedy is named",
  (code) => {
    const error = new TypeError("fetch failed", { cause: Object.assign(new Error("no"), { code }) });
    expect(whyNeverSent(error)).toMatch(new RegExp(`${code}.*NODE_EXTRA_CA_CERTS`));
  },
);

test("a connection that broke once a request was on its way may have brought it", async () => {
  const host = await listen(createServer((request) => void request.socket.destroy()));
  expect(whyNeverSent(await post(`http://${host}/`))).toBeNull();
});

const NO_FILES = `
import { closeSync, openSync } from "node:fs";
import { noRoomOf } from "./app/github/never-sent.ts";
const ask = (name) => fetch("http://" + name + ":4999/").then(() => "answered", noRoomOf);
const files = [];
try {
  for (;;) files.push(openSync("/dev/null"));
} catch {}
const without = await ask("zekt.invalid");
for (const file of files) closeSync(file);
console.log(JSON.stringify([without, await ask("zekt.invalid")]));
`;

test.skipIf(process.platform === "win32")(
  "a name that a process cannot look up for want of a file is no unknown one",
  async () => {
    const limited = 'ulimit -n 64; exec "$0" --input-type=module --eval "$1"';
    const { stdout } = await promisify(execFile)("sh", ["-c", limited, process.execPath, NO_FILES]);
    expect(JSON.parse(stdout)).toEqual(["EMFILE", null]);
  },
);

test("a machine has no room where no address can be tried, not where one says something else", () => {
  const tried = (code: string) => Object.assign(new Error(code), { code, syscall: "connect" });
  const failed = (...codes: string[]) => {
    const cause = Object.assign(new AggregateError(codes.map(tried)), { code: codes[0] });
    return new TypeError("fetch failed", { cause });
  };
  expect(noRoomOf(failed("EADDRNOTAVAIL", "EADDRNOTAVAIL"))).toBe("EADDRNOTAVAIL");
  // Without an address of IPv6 a machine has none to call from.
  expect(noRoomOf(failed("EADDRNOTAVAIL", "ECONNREFUSED"))).toBeNull();
  expect(whyNeverSent(failed("EADDRNOTAVAIL", "ECONNREFUSED"))).toContain("could not be reached");
});
