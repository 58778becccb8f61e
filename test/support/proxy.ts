import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";

/** Starts a proxy that opens tunnels to a port of this machine, or refuses each with 502 where that is null. */
export async function startProxy(port: number | null) {
  /** Where each tunnel was to go, in the order they were asked for. */
  const asked: string[] = [];
  const proxy = createServer().on("connect", (request, socket) => {
    asked.push(request.url ?? "");
    // A client that is killed before it has read the answer resets its connection.
    socket.on("error", () => {});
    if (port === null) return void socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    const onward = connect(port, "127.0.0.1").on("error", () => {});
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    onward.pipe(socket).pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  // Without a scheme, as proxies are named often.
  const address = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { asked, address, env: { HTTPS_PROXY: address, HTTP_PROXY: address }, close: () => proxy.close() };
}
