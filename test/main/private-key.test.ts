import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { checkConfig } from "../../app/main/config.ts";
import { readPrivateKey } from "../../app/main/private-key.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs1", format: "pem" }) as string;

test.each([
  ["as GitHub gives it", pem],
  ["as PKCS#8", privateKey.export({ type: "pkcs8", format: "pem" }) as string],
  ["with blanks for its newlines", pem.replaceAll("\n", " ")],
  ["without newlines", pem.replaceAll("\n", "")],
  ["in double quotes", `"${pem}"`],
  ["in single quotes, with a blank before", ` '${pem.trim()}'`],
  ["with \\n for its newlines", pem.replaceAll("\n", "\\n")],
  ["with \\r\\n for its newlines", pem.replaceAll("\n", "\\r\\n")],
  ["with the newlines of Windows", pem.replaceAll("\n", "\r\n")],
  ["indented", pem.replaceAll("\n", "\n    ")],
])("a private key is read %s", (_, given) => {
  const read = readPrivateKey(given);
  expect(createPrivateKey(read ?? "").equals(privateKey)).toBe(true);
});

test.each([
  ["cut off", pem.slice(0, -200)],
  ["a piece of it missing", pem.replace(/\n[^\n]{64}\n/, "\n")],
  ["a public key", pem.replaceAll("PRIVATE", "PUBLIC")],
  [
    "another kind of key",
    generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  ],
  ["a path", "/etc/zekt/key.pem"],
])("what is no whole RSA key is none: %s", (_, given) => {
  expect(readPrivateKey(given)).toBeNull();
});

test.each(["cut off", "as a path"])(
  "a private key that cannot be read, %s, is named with the settings, before GitHub is asked",
  (how) => {
    const given = how === "cut off" ? pem.slice(0, -200) : "/etc/zekt/key.pem";
    const { config, problems } = checkConfig({ PRIVATE_KEY: given });
    expect(config).toBeNull();
    expect(problems).toContainEqual({
      setting: "PRIVATE_KEY",
      message: expect.stringContaining("must be a whole RSA key in PEM"),
    });
  },
);
