import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { proxySettings, sendThroughProxies } from "../../app/main/proxy.ts";
import { openFrom, renewingFetch } from "../../app/main/renewing-fetch.ts";

test("the server's own requests go through the proxy, but for hosts that no_proxy excepts and this machine", async () => {
  const asked: string[] = [];
  const proxy = createServer((_request, response) => void response.end("here")).on(
    "connect",
    (request, socket) => {
      asked.push(request.url ?? "");
      socket.on("error", () => {}).end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    },
  );
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const env = { HTTPS_PROXY: host, http_proxy: host, no_proxy: "direct.invalid" };
  const end = sendThroughProxies(env);
  try {
    for (const send of [fetch, renewingFetch(openFrom(env))]) {
      await expect(send("https://ghe.example.invalid/api/v3")).rejects.toThrow();
      await expect(send("https://ghe.direct.invalid/api/v3")).rejects.toThrow();
      expect(await (await send(`http://${host}/`)).text()).toBe("here");
      expect(asked.splice(0)).toEqual(["ghe.example.invalid:443"]);
    }
  } finally {
    end();
    proxy.closeAllConnections();
    proxy.close();
  }
});

test.each([
  [{}, { http_proxy: "", https_proxy: "", no_proxy: "localhost,127.0.0.1,::1" }],
  [
    { HTTPS_PROXY: "proxy.test:3128", no_proxy: " .example.test, *.acme.test,a.test:8443" },
    {
      http_proxy: "",
      https_proxy: "http://proxy.test:3128",
      no_proxy:
        "localhost,127.0.0.1,::1,example.test,.example.test,acme.test,.acme.test,a.test:8443,.a.test:8443",
    },
  ],
  [
    { http_proxy: "http://a.test", HTTP_PROXY: "http://b.test", NO_PROXY: "x,*" },
    { http_proxy: "http://a.test", https_proxy: "", no_proxy: "*" },
  ],
])("of %j Node is told %j", (env, settings) => expect(proxySettings(env)).toEqual(settings));

test.each(["socks5://proxy.test:1080", "http://", "a b"])("the proxy %s is refused by name", (http_proxy) => {
  expect(() => proxySettings({ http_proxy })).toThrow(
    "HTTP_PROXY must be an address such as http://proxy.example.com:8080.",
  );
});
