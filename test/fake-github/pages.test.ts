import { afterAll, beforeAll, expect, test } from "vitest";
import { type Stage, setStage } from "./stage.ts";

/* What a browser sees, so that the demo's links to GitHub lead somewhere. */

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

const HTML = { accept: "text/html" };
const see = async (path: string): Promise<string> =>
  (await stage.request(null, "GET", path, undefined, HTML)).text;
const send = (path: string, form: Record<string, string>) =>
  stage.request(null, "POST", path, String(new URLSearchParams(form)), {
    "content-type": "application/x-www-form-urlencoded",
  });

test("an App is installed on an account from its page, which leads to the installation's", async () => {
  const path = "/apps/carrier/installations/new";
  expect(await see(path)).toContain("acme: configure");
  const answer = await send(path, { account: "hubot" });
  expect(answer.status).toBe(303);
  expect(await see(answer.headers.get("location") as string)).toContain("The installation is active");
});

test("an installation is suspended, resumed and taken away on its page", async () => {
  const path = `/organizations/acme/settings/installations/${stage.installationId}`;
  expect(await see(path)).toContain('<a href="/acme/site">acme/site</a>');
  await send(path, { do: "suspend" });
  expect(await see(path)).toContain("The installation is suspended");
  await send(path, { do: "unsuspend" });
  const installation = stage.github.world.installations.get(stage.installationId);
  if (installation) installation.permissions = {};
  await send(path, { do: "accept" });
  expect(installation?.permissions).toMatchObject({ contents: "write" });
});

test("a file is made and read on its page, and its repository lists it", async () => {
  const made = await send("/acme/site/new/main", { path: ".github/workflows/new.yml", text: "on: push\r\n" });
  const page = made.headers.get("location") as string;
  expect(page).toBe("/acme/site/blob/main/.github/workflows/new.yml");
  expect(await see(page)).toContain("<pre>on: push\n</pre>");
  expect(await see("/acme/site")).toContain(".github/workflows/new.yml");
  expect(await see("/acme/site/new/main?filename=a.yml")).toContain('value="a.yml"');
});

test("an account has a picture", async () => {
  const { avatar_url } = (await stage.request(await stage.token(), "GET", "/users/mona")).json;
  const picture = await stage.request(null, "GET", avatar_url);
  expect([picture.headers.get("content-type"), picture.text]).toEqual([
    "image/svg+xml",
    expect.stringContaining(">M</text>"),
  ]);
  const byName = await stage.request(null, "GET", "/mona.png");
  expect(new URL(byName.headers.get("location") as string, stage.github.url).href).toBe(avatar_url);
});

test("programs that ask for the same address are no browsers", async () => {
  const answer = await stage.request(null, "GET", "/acme/site", undefined, { "user-agent": "x" });
  expect(answer.status).toBe(404);
});
