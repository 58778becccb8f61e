import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, setStage } from "../../harness/stage.ts";
import { bringOn, silent } from "../../harness/world.ts";
import { Browser } from "../support/browser.ts";
import { comparedIn } from "./compared.ts";

/** Characters of the token, which is an HMAC in base64url. */
const LENGTH = 43;

let stage: Stage;
let path: string;
let browser: Browser;
let token: string;

beforeAll(async () => {
  stage = await setStage({ log: silent });
  path = `${stage.server.url}/api/repositories/${await bringOn(stage, "acme/provider")}`;
  stage.github.control.setSignIn("acme-dev");
  browser = new Browser();
  await browser.open(`${stage.server.url}/console/sign-in`);
  const session = await browser.request(`${stage.server.url}/api/session`);
  token = ((await session.json()) as { csrfToken: string }).csrfToken;
});
afterAll(() => stage.close());

const change = async (csrfToken: string): Promise<number> =>
  (
    await browser.request(path, {
      method: "PATCH",
      headers: {
        "content-type": "application/json",
        "x-csrf-token": csrfToken,
        "sec-fetch-site": "same-origin",
        origin: stage.server.url,
      },
      body: JSON.stringify({ consumer: true }),
    })
  ).status;

test("a page's token is compared in constant time, right, wrong from its start or only at its end", async () => {
  expect(token).toHaveLength(LENGTH);
  const another = token.endsWith("A") ? "E" : "A";
  for (const [given, status] of [
    [token, 200],
    ["x".repeat(LENGTH), 403],
    [token.slice(0, -1) + another, 403],
  ] as const) {
    expect(await comparedIn(async () => expect(await change(given)).toBe(status))).toContainEqual([
      LENGTH,
      LENGTH,
    ]);
  }
});

test("a token of another length is refused without a comparison that its length would break", async () => {
  for (const given of ["x", token.slice(0, -1), `${token}A`, "ä".repeat(LENGTH)]) {
    const compared = await comparedIn(async () => expect(await change(given)).toBe(403));
    expect(compared.filter((lengths) => lengths.includes(LENGTH))).toEqual([]);
  }
});
