import { expect, test } from "vitest";
import { proxyAuthorization, proxyOf } from "../../../action/shared/proxy.ts";

const PROXY = "http://proxy.test:3128";
const of = (url: string, env: Record<string, string>) => proxyOf(new URL(url), env)?.origin ?? null;

test.each([
  ["https://zekt.example.test/", { https_proxy: PROXY }, PROXY],
  ["https://zekt.example.test/", { HTTPS_PROXY: PROXY }, PROXY],
  ["https://zekt.example.test/", { http_proxy: PROXY }, null],
  ["https://zekt.example.test/", { https_proxy: "proxy.test:3128" }, PROXY],
  ["https://zekt.example.test/", { https_proxy: "user:word@proxy.test:3128" }, PROXY],
  ["https://zekt.example.test/", { https_proxy: "10.0.0.1:3128" }, "http://10.0.0.1:3128"],
  ["https://zekt.example.test/", { https_proxy: "https://proxy.test" }, "https://proxy.test"],
  ["http://localhost:3000/", { http_proxy: PROXY }, null],
])("%s with %j goes through %s", (url, env, proxy) => expect(of(url, env)).toBe(proxy));

test.each([
  ["example.test", null],
  [".example.test", null],
  ["zekt.example.test", null],
  ["ZEKT.Example.test", null],
  ["other.test, example.test:443", null],
  ["*", null],
  ["example.test:8443", PROXY],
  ["ample.test", PROXY],
  ["a.zekt.example.test", PROXY],
  ["", PROXY],
])("with no_proxy=%s, zekt.example.test is reached through %s", (no_proxy, proxy) => {
  expect(of("https://zekt.example.test/", { https_proxy: PROXY, no_proxy })).toBe(proxy);
  expect(of("https://zekt.example.test/", { https_proxy: PROXY, NO_PROXY: no_proxy })).toBe(proxy);
});

test.each(["socks5://proxy.test:1080", "http://", "a b"])(
  "the proxy %s is refused by name",
  (https_proxy) => {
    expect(() => of("https://zekt.example.test/", { https_proxy })).toThrow(
      "https_proxy must be an address such as http://proxy.example.com:8080.",
    );
  },
);

test("a proxy's user is told to it, as it was before it was encoded", () => {
  expect(proxyAuthorization(new URL("http://us%40er:w%3Ard@proxy.test"))).toEqual({
    "proxy-authorization": `Basic ${Buffer.from("us@er:w:rd").toString("base64")}`,
  });
  expect(proxyAuthorization(new URL(PROXY))).toEqual({});
});

test("a proxy's password with a percent sign that encodes nothing is told as it stands", () => {
  expect(proxyAuthorization(new URL("http://user:100%25@proxy.test"))).toEqual({
    "proxy-authorization": `Basic ${Buffer.from("user:100%").toString("base64")}`,
  });
  expect(proxyAuthorization(new URL("http://user:5%of@proxy.test"))).toEqual({
    "proxy-authorization": `Basic ${Buffer.from("user:5%of").toString("base64")}`,
  });
});
