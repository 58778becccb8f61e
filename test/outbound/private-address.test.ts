import { expect, test } from "vitest";
import { postWebhook, publicLookup, refusalOfAddress } from "../../app/outbound/post-webhook.ts";
import { isPrivateAddress, isPrivateUrl } from "../../app/outbound/private-address.ts";

test.each([
  "127.0.0.1",
  "127.9.9.9",
  "10.1.2.3",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "0.0.0.0",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::ffff:127.0.0.1",
  "::ffff:8.8.8.8",
  "64:ff9b::7f00:1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "ff02::1",
  "2002:7f00:1::",
  "not-an-address",
])("%s is private", (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each(["8.8.8.8", "140.82.112.3", "172.32.0.1", "100.128.0.1", "2606:50c0:8000::153"])(
  "%s is on the open internet",
  (address) => {
    expect(isPrivateAddress(address)).toBe(false);
  },
);

test.each([
  ["http://hooks.example.com/", "https://"],
  ["ftp://hooks.example.com/", "https://"],
  ["hooks.example.com", "https://"],
  ["https://user:secret@hooks.example.com/", "user"],
  ["https://127.0.0.1/", "private"],
  ["https://[::1]:8443/", "private"],
  ["https://[::ffff:10.0.0.1]/", "private"],
  // Ways of writing 127.0.0.1 that the URL standard knows.
  ["https://2130706433/", "private"],
  ["https://0x7f.1/", "private"],
  ["https://169.254.169.254/latest/meta-data/", "private"],
  // Names that are never on the open internet are refused as soon as they are saved.
  ["https://localhost/", "private"],
  ["https://LocalHost.:8443/", "private"],
  ["https://zekt.localhost/", "private"],
  ["https://printer.local/", "private"],
  ["https://metadata.google.internal/", "private"],
  ["https://intranet/", "private"],
])("nothing is sent to %s", (url, why) => {
  expect(refusalOfAddress(url, false)).toContain(why);
});

test("an address on the open internet will do, a private one only where a setting says so", () => {
  expect(refusalOfAddress("https://hooks.example.com/zekt", false)).toBeNull();
  expect(refusalOfAddress("http://127.0.0.1:8080/", true)).toBeNull();
});

test("a name that leads to a private address is not connected to", async () => {
  const error = await new Promise<Error | null>((resolve) =>
    publicLookup("localhost", { all: true }, resolve),
  );
  expect(error?.message).toContain("not on the open internet");
  const sent = { headers: {}, body: "{}", allowPrivate: false };
  expect(await postWebhook({ ...sent, url: "https://localhost:1/" })).toMatchObject({ outcome: "failed" });
});

test.each([
  ["http://localhost:3000", true],
  ["http://zekt", true],
  ["https://zekt.internal", true],
  ["https://10.0.0.1/zekt", true],
  ["http://[::1]:3000", true],
  ["http://[fd00::1]", true],
  ["https://10.example.com", false],
  ["https://zekt.example.com:8443", false],
  ["https://[2606:4700::1]", false],
])("%s is reached from this machine or network alone: %s", (address, isPrivate) => {
  expect(isPrivateUrl(new URL(address))).toBe(isPrivate);
});
