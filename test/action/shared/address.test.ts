import { expect, test } from "vitest";
import { readAddress } from "../../../action/shared/address.ts";

test.each([
  ["https://zekt.example.com", "https://zekt.example.com"],
  ["https://zekt.example.com:8443/", "https://zekt.example.com:8443"],
  ["https://zekt.example.com/api", "https://zekt.example.com"],
  ["https://example.com/zekt/api/", "https://example.com/zekt"],
  ["https://example.com/myapi", "https://example.com/myapi"],
  ["https://user:secret@example.com/?a=b#c", "https://example.com"],
  ["http://localhost:3000/", "http://localhost:3000"],
  ["http://127.0.0.1:3000", "http://127.0.0.1:3000"],
  ["http://[::1]:3000", "http://[::1]:3000"],
])("%s is called at %s", (given, address) => expect(readAddress(given)).toBe(address));

test.each([
  ["", "Nothing says where Zekt answers"],
  ["zekt.example.com", "must be an address such as https://zekt.example.com, not zekt.example.com."],
  ["ftp://example.com", "must be an address"],
  ["http://example.com", "must be https, since a token goes there; http://example.com is not."],
  ["http://127.0.0.1.example.com", "must be https"],
  ["http://user:secret@example.com", "http://example.com is not."],
])("'%s' is refused, and both places to give it are named", (given, error) => {
  expect(() => readAddress(given)).toThrow(error);
  expect(() => readAddress(given)).toThrow(/zekt-api-url.*ZEKT_API_URL/);
  expect(() => readAddress(given)).not.toThrow("secret");
});
